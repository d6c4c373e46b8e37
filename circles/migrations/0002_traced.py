"""No change of who may be where without its event: the database refuses the COMMIT (audit.md "Writing", 6)."""

from django.db import migrations

# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_circle": ("circle.", "Circle", "id"),
    "circles_consent": ("consent.", "Consent", "id"),
    "circles_member": ("member.", "Circle", "circle_id"),
    # Invited is an act on members, declined one on invitations: any act on the circle accounts for these two.
    "circles_invitation": ("", "Circle", "circle_id"),
    "circles_circleuserobjectpermission": ("", "Circle", "content_object_id"),
}


class Migration(migrations.Migration):
    dependencies = [("circles", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON {table}
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                EXECUTE FUNCTION audit_required('{acts}', '{subject}', '{column}')
            """,
            f"DROP TRIGGER traced ON {table}",
        )
        for table, (acts, subject, column) in TRACED.items()
    ]
