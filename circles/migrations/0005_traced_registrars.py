"""No registrar and no steward key without its event: the database refuses the COMMIT, as for memberships."""

from django.db import migrations

# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_steward": ("steward.", "Organization", "organization_id"),
    "circles_organizationuserobjectpermission": ("perm.", "Person", "user_id"),
}


class Migration(migrations.Migration):
    dependencies = [("circles", "0004_abilities")]

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
