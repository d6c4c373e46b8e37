-- What makes the log append-only, run by migration 0002 as cordee_owner.
--
-- The application appends through audit_append and reads; it cannot insert, change or remove an event. The triggers
-- refuse the owner too, and are ALWAYS, so that session_replication_role does not switch them off. What a superuser can
-- still do, and what shows it: docs/threat-model.md.

ALTER TABLE audit_event
    ADD CONSTRAINT audit_event_leaf CHECK (octet_length(leaf) <= 4096 AND leaf !~ '[\n\r]'),
    ADD CONSTRAINT audit_event_mac CHECK (octet_length(mac) = 32);
ALTER TABLE audit_pseudonym
    ADD CONSTRAINT audit_pseudonym_salt CHECK (octet_length(salt) = 32);

-- Writers -----------------------------------------------------------------------------------------------------------

-- A writer lives as long as its connection: the session's advisory lock says so to everybody, also after a kill -9.
-- 1635083380 is "audt"; the second key is the writer's id.

CREATE FUNCTION audit_writer_open() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writer bigint;
BEGIN
    INSERT INTO public.audit_writer (n, backend) VALUES (0, pg_backend_pid()) RETURNING id INTO writer;
    PERFORM pg_advisory_lock(1635083380, writer::integer);  -- nobody else can hold it: the id is new
    RETURN writer;
END $$;

-- Writers whose connection has ended are closed and returned, with the number of events each wrote. The caller records
-- `writer.close` for each in this transaction.
CREATE FUNCTION audit_writers_ended() RETURNS TABLE (writer bigint, written bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR writer IN SELECT id FROM public.audit_writer WHERE closed IS NULL AND backend <> pg_backend_pid() LOOP
        IF pg_try_advisory_xact_lock(1635083380, writer::integer) THEN
            -- Another session may have closed it since the loop looked.
            UPDATE public.audit_writer SET closed = clock_timestamp()
                WHERE id = writer AND closed IS NULL RETURNING n INTO written;
            IF FOUND THEN
                RETURN NEXT;
            END IF;
        END IF;
    END LOOP;
END $$;

-- Appending ----------------------------------------------------------------------------------------------------------

-- All leaves are of one writer, this connection's, and continue its count. The columns are read in the leaf.
CREATE FUNCTION audit_append(leaves text[], macs bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writer bigint := (leaves[1]::json ->> 'w')::bigint;
    last bigint;
    written integer;
BEGIN
    IF cardinality(leaves) IS DISTINCT FROM cardinality(macs) OR cardinality(leaves) = 0 THEN
        RAISE EXCEPTION 'audit: as many leaves as MACs, and at least one' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE public.audit_writer SET n = n + cardinality(leaves)
        WHERE id = writer AND closed IS NULL AND backend = pg_backend_pid() RETURNING n INTO last;
    IF last IS NULL THEN
        RAISE EXCEPTION 'audit: this connection is not the writer that the leaves name'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO public.audit_event (id, leaf, mac, w, wn, t, act, "out", err, who, "on", dev, ses, org, pat, cir, obj)
        SELECT said.id, given.leaf, given.mac, said.w, said.wn, said.t, said.act, said."out", said.err, said.who,
               said."on", said.dev, said.ses, said.org, said.pat, said.cir, said.obj
        FROM unnest(leaves, macs) WITH ORDINALITY AS given (leaf, mac, place),
             json_to_record(given.leaf::json) AS said (
                 id uuid, w bigint, wn bigint, t timestamptz, act text, "out" smallint, err text, who uuid, "on" uuid,
                 dev uuid, ses text, org uuid, pat uuid, cir uuid, obj text)
        WHERE said.w = writer AND said.wn = last - cardinality(leaves) + given.place;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(leaves) THEN
        RAISE EXCEPTION 'audit: a leaf is not the next of its writer' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;

-- Refusing -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit: % of % is refused, the log only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_append_only;
-- A writer's counter moves through audit_append only.
CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit_writer
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_writer ENABLE ALWAYS TRIGGER audit_append_only;
-- Erasure deletes names and details; nothing rewrites them.
CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON audit_pseudonym
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_pseudonym ENABLE ALWAYS TRIGGER audit_append_only;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON audit_detail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_detail ENABLE ALWAYS TRIGGER audit_append_only;

-- For sensitive tables of other rooms --------------------------------------------------------------------------------

-- A row trigger that looks, at COMMIT, for an event of this transaction about the row. Arguments: the beginning of the
-- acts that account for it, the object's type, the column that holds the object's id. In the migration of the table:
--   CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON circles_member
--       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('member.', 'Circle', 'circle_id');
CREATE FUNCTION audit_required() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    about text := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[2];
    name text := about;
BEGIN
    IF TG_ARGV[1] IN ('Person', 'Patient', 'Circle') THEN
        SELECT p.pseudonym INTO name FROM public.audit_pseudonym AS p
            WHERE p.kind = TG_ARGV[1] AND p.subject = about::uuid;
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.audit_event AS e
        WHERE e.xid = pg_current_xact_id() AND starts_with(e.act, TG_ARGV[0])
            AND (e.obj = TG_ARGV[1] || '/' || name
                 OR (CASE TG_ARGV[1] WHEN 'Circle' THEN e.cir WHEN 'Patient' THEN e.pat WHEN 'Person' THEN e.who END)::text
                    = name)
    ) THEN
        RAISE EXCEPTION 'audit: % of % without an event %* about its %', TG_OP, TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- Rights -------------------------------------------------------------------------------------------------------------

REVOKE ALL ON audit_event, audit_writer, audit_pseudonym, audit_detail
    FROM PUBLIC, cordee_app, cordee_sequencer, cordee_auditor;
REVOKE ALL ON SEQUENCE audit_writer_id_seq, audit_detail_id_seq FROM PUBLIC, cordee_app;
REVOKE ALL ON FUNCTION audit_writer_open(), audit_writers_ended(), audit_append(text[], bytea[]), audit_required()
    FROM PUBLIC;

GRANT EXECUTE ON FUNCTION audit_writer_open(), audit_writers_ended(), audit_append(text[], bytea[]) TO cordee_app;
GRANT SELECT ON audit_event, audit_writer, audit_pseudonym, audit_detail TO cordee_app, cordee_auditor;
GRANT INSERT ON audit_pseudonym, audit_detail TO cordee_app;
GRANT USAGE ON SEQUENCE audit_detail_id_seq TO cordee_app;
GRANT SELECT ON audit_event, audit_writer TO cordee_sequencer;
