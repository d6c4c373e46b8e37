"""The log only grows: functions, triggers and rights of `append_only.sql`. Not reversible: a log is not un-enforced."""

from pathlib import Path

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ROLES = ("cordee_owner", "cordee_app", "cordee_sequencer", "cordee_auditor")


def enforce(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (list(ROLES),))
        missing = set(ROLES) - {name for (name,) in cursor.fetchall()}
        if missing:
            raise RuntimeError(
                f"PostgreSQL has no role {', '.join(sorted(missing))}. The log's protection rests on the four roles: "
                f"create them first (docs/operations.md), run config/roles.sql, then migrate as cordee_owner."
            )
        cursor.execute("SELECT current_user")
        if (user := cursor.fetchone()[0]) != "cordee_owner":
            raise RuntimeError(
                f"Migrations run as cordee_owner (MIGRATION_DATABASE_URL, --database owner), not as {user}."
            )
        cursor.execute(Path(__file__).with_name("append_only.sql").read_text())


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(enforce, elidable=False)]
