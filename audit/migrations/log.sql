-- The logs over the events: who may write them, and that they only grow. Run by migration 0004 as cordee_owner.
--
-- The sequencer inserts; nobody changes or removes. A tile and an open log are the only rows that move: a tile by
-- growing, a log by closing.

ALTER TABLE audit_keyleaf
    ADD CONSTRAINT audit_keyleaf_leaf CHECK (octet_length(leaf) <= 4096 AND leaf !~ '[\n\r]'),
    ADD CONSTRAINT audit_keyleaf_mac CHECK (octet_length(mac) = 32);
ALTER TABLE audit_leaf ADD CONSTRAINT audit_leaf_hash CHECK (octet_length(hash) = 32);
ALTER TABLE audit_tile
    ALTER hashes SET STORAGE EXTERNAL,  -- hashes do not compress
    ADD CONSTRAINT audit_tile_whole CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0);
ALTER TABLE audit_signedcheckpoint ADD CONSTRAINT audit_signedcheckpoint_root CHECK (octet_length(root) = 32);
ALTER TABLE audit_cosignature ADD CONSTRAINT audit_cosignature_of
    FOREIGN KEY (log_id, size) REFERENCES audit_signedcheckpoint (log_id, size);

-- The application adds a key event; its transaction is the server's word, not the caller's.
CREATE FUNCTION audit_append_key_leaf(id uuid, subject uuid, seq integer, leaf text, mac bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.audit_keyleaf (id, subject, seq, leaf, mac) VALUES ($1, $2, $3, $4, $5);
$$;

CREATE FUNCTION audit_tile_grows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.log_id, NEW.level, NEW.n) IS DISTINCT FROM (OLD.log_id, OLD.level, OLD.n)
        OR substring(NEW.hashes FOR octet_length(OLD.hashes)) IS DISTINCT FROM OLD.hashes
    THEN
        RAISE EXCEPTION 'audit: a tile only grows' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_log_closes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - 'closed' IS DISTINCT FROM to_jsonb(OLD) - 'closed' OR OLD.closed IS NOT NULL THEN
        RAISE EXCEPTION 'audit: a log is closed, once, and nothing else' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_keyleaf', 'audit_leaf', 'audit_signedcheckpoint', 'audit_cosignature',
                                'audit_rejected', 'audit_logkey'] LOOP
        EXECUTE format('CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_append_only', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['audit_tile', 'audit_log'] LOOP
        EXECUTE format('CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_append_only', name);
    END LOOP;
END $$;
CREATE TRIGGER audit_tile_grows BEFORE UPDATE ON audit_tile FOR EACH ROW EXECUTE FUNCTION audit_tile_grows();
ALTER TABLE audit_tile ENABLE ALWAYS TRIGGER audit_tile_grows;
CREATE TRIGGER audit_log_closes BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_closes();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_closes;

-- Rights -------------------------------------------------------------------------------------------------------------

REVOKE ALL ON audit_keyleaf, audit_log, audit_logkey, audit_leaf, audit_tile, audit_signedcheckpoint, audit_cosignature,
    audit_rejected FROM PUBLIC, cordee_app, cordee_sequencer, cordee_auditor;
REVOKE ALL ON FUNCTION audit_append_key_leaf(uuid, uuid, integer, text, bytea) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION audit_append_key_leaf(uuid, uuid, integer, text, bytea) TO cordee_app;
GRANT SELECT ON audit_keyleaf, audit_log, audit_logkey, audit_leaf, audit_tile, audit_signedcheckpoint,
    audit_cosignature, audit_rejected TO cordee_app, cordee_sequencer, cordee_auditor;
GRANT INSERT ON audit_log, audit_logkey, audit_leaf, audit_tile, audit_signedcheckpoint, audit_cosignature,
    audit_rejected TO cordee_sequencer;
GRANT UPDATE (closed) ON audit_log TO cordee_sequencer;
GRANT UPDATE (hashes) ON audit_tile TO cordee_sequencer;
