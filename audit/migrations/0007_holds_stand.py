"""A legal hold is lifted by two officers, also for whoever writes to its table with the application's password: it
keeps what it covers, and nobody lifts what nobody had asked to lift. Run as cordee_owner.
"""

from django.db import migrations, models

KEEPS = """
CREATE FUNCTION audit_hold_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT NEW.subjects @> OLD.subjects OR (OLD.lifted IS NOT NULL AND NEW IS DISTINCT FROM OLD)
        OR (OLD.lift_asked_by IS NOT NULL AND NEW.lift_asked_by IS DISTINCT FROM OLD.lift_asked_by)
        OR (NEW.lifted IS NOT NULL AND OLD.lifted IS NULL AND OLD.lift_asked_by IS NULL)
    THEN
        RAISE EXCEPTION 'audit: a hold keeps what it covers until two have lifted it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audit_hold_keeps() FROM PUBLIC;
CREATE TRIGGER audit_hold_keeps BEFORE UPDATE ON audit_hold FOR EACH ROW EXECUTE FUNCTION audit_hold_keeps();
ALTER TABLE audit_hold ENABLE ALWAYS TRIGGER audit_hold_keeps;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_forgetting")]

    operations = [
        migrations.RemoveConstraint("hold", "audit_hold_two_lift"),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(
                condition=models.Q(lifted=None)
                | (
                    models.Q(lifted_by__isnull=False, lift_asked_by__isnull=False)
                    & ~models.Q(lifted_by=models.F("lift_asked_by"))
                ),
                name="audit_hold_two_lift",
            ),
        ),
        migrations.RunSQL(KEEPS, elidable=False),
    ]
