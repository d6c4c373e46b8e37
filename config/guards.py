"""What the server refuses to start with: a database role that could alter the log, tables that are not up to date, a
folder of attachments that it cannot write to.

Used by `config/run.py`. The rights themselves are set by `config/roles.sql` and the migrations of `audit`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chat import file_store
from compliance.exports import store as exports

LOG_TABLES = (
    *("audit_event", "audit_writer", "audit_keyleaf", "audit_log", "audit_logkey", "audit_leaf", "audit_tile"),
    *("audit_signedcheckpoint", "audit_cosignature", "audit_rejected"),
)
FORBIDDEN = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")  # events come by audit_append alone

DANGERS = """
SELECT table_name,
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user),
       pg_has_role(current_user, relowner, 'MEMBER'),
       ARRAY(SELECT privilege FROM unnest(%s::text[]) AS privilege WHERE has_table_privilege(pg_class.oid, privilege))
  FROM unnest(%s::text[]) AS table_name LEFT JOIN pg_class ON pg_class.oid = to_regclass(table_name)
"""


def objections() -> Iterator[str]:
    """One sentence for each reason not to start; none when all is well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute(DANGERS, [list(FORBIDDEN), list(LOG_TABLES)])
        rows = cursor.fetchall()
    for table, powerful, owns, privileges in rows:
        if owns is None:
            yield f"The table {table} does not exist: run `manage.py migrate --database owner`."
        elif powerful:
            yield f"DATABASE_URL's role {role} is a superuser or may create roles: it could alter the log."
        elif owns:
            yield f"DATABASE_URL's role {role} owns {table} or is a member of its owner: it could alter the log."
        elif privileges:
            yield f"DATABASE_URL's role {role} has {', '.join(privileges)} on {table}: it could alter the log."
    if pending := _pending_migrations():
        yield f"The database lacks {', '.join(pending)}: run `manage.py migrate --database owner`."
    for unwritable in (file_store.objection(), exports.objection()):
        if unwritable:
            yield unwritable


def _pending_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
