"""Sealing the same content under a new key is one act (`secret.rotate`) for many rows of tables that demand a trace.

Only the columns of the seal may differ from what was there; whether the content is the same the keys' holder alone can
say.
"""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION audit_required() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    about text := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[2];
    name text := about;
    seal CONSTANT text[] := ARRAY['key_version', 'sealed', 'reason', 'comment'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - seal = to_jsonb(NEW) - seal AND EXISTS (
        SELECT FROM public.audit_event AS e WHERE e.xid = pg_current_xact_id() AND e.act = 'secret.rotate'
    ) THEN
        RETURN NULL;
    END IF;
    IF TG_ARGV[1] IN ('Person', 'Patient', 'Circle') THEN
        SELECT p.pseudonym INTO name FROM public.audit_pseudonym AS p
            WHERE p.kind = TG_ARGV[1] AND p.subject = about::uuid;
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.audit_event AS e
        WHERE e.xid = pg_current_xact_id() AND starts_with(e.act, TG_ARGV[0])
            AND (e.obj = TG_ARGV[1] || '/' || name
                 OR (CASE TG_ARGV[1] WHEN 'Circle' THEN e.cir WHEN 'Patient' THEN e.pat
                     WHEN 'Person' THEN e.who END)::text = name)
    ) THEN
        RAISE EXCEPTION 'audit: % of % without an event %* about its %', TG_OP, TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
