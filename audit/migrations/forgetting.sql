-- What may go from the log, and only so: the text of events past their time (audit_prune), and the name and key of a
-- subject that is erased (audit_forget). Run by the migration beside it as cordee_owner.
--
-- Hash and place of a pruned event stay in audit_leaf, so every proof stays valid. A legal hold stops both.

ALTER TABLE audit_event
    DROP CONSTRAINT audit_event_mac,
    ADD CONSTRAINT audit_event_mac CHECK (octet_length(mac) = CASE WHEN leaf = '' THEN 0 ELSE 32 END);

-- Whether a hold that stands covers this event.
CREATE FUNCTION audit_held(event public.audit_event) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.audit_hold AS hold
        WHERE hold.lifted IS NULL
            AND (ARRAY[event.who, event."on", event.pat, event.cir] && hold.subjects
                 OR split_part(event.obj, '/', 2) = ANY(hold.subjects::text[])
                 OR (event.org = hold.organization AND event.t >= hold.since AND event.t < hold.until)))
$$;

-- The one change that an event may undergo, whoever makes it: older than six months (the least that any organisation
-- may choose), in the tree, under no hold, and together with an event that says so.
CREATE FUNCTION audit_only_prune() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.leaf <> '' AND NEW.leaf = '' AND NEW.mac = ''
        AND num_nonnulls(NEW.err, NEW.who, NEW."on", NEW.dev, NEW.ses, NEW.org, NEW.pat, NEW.cir, NEW.obj) = 0
        AND (NEW.id, NEW.xid, NEW.w, NEW.wn, NEW.t, NEW.act, NEW."out")
            = (OLD.id, OLD.xid, OLD.w, OLD.wn, OLD.t, OLD.act, OLD."out")
        AND OLD.t < now() - interval '6 months'
        AND EXISTS (SELECT FROM public.audit_leaf AS l WHERE l.event = OLD.id)
        AND NOT public.audit_held(OLD)
        AND EXISTS (
            SELECT FROM public.audit_event AS e WHERE e.xid = pg_current_xact_id() AND e.act = 'audit.prune')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit: % of % is refused, the log only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

DROP TRIGGER audit_append_only ON audit_event;
CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_append_only;
CREATE TRIGGER audit_only_prune BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_only_prune();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_only_prune;

-- Empties these events and removes what was said of them in words; returns how many it emptied. The caller has recorded
-- `audit.prune` in this transaction.
CREATE FUNCTION audit_prune(events uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    emptied integer;
BEGIN
    UPDATE public.audit_event
        SET leaf = '', mac = '', err = NULL, who = NULL, "on" = NULL, dev = NULL, ses = NULL, org = NULL, pat = NULL,
            cir = NULL, obj = NULL
        WHERE id = ANY(events) AND leaf <> '';
    GET DIAGNOSTICS emptied = ROW_COUNT;
    DELETE FROM public.audit_detail WHERE event_id = ANY(events);
    RETURN emptied;
END $$;

-- Cuts a pseudonym from its subject and erases the key of the words about it. The caller has recorded `subject.erase`
-- of it in this transaction; of a circle whose content is gone, `circle.purge`, and the circle keeps its name.
CREATE FUNCTION audit_forget(name uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind CONSTANT text := (SELECT p.kind FROM public.audit_pseudonym AS p WHERE p.pseudonym = name);
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_event AS e
        WHERE e.xid = pg_current_xact_id() AND e.obj = kind || '/' || name
            AND e.act = CASE kind WHEN 'Circle' THEN 'circle.purge' ELSE 'subject.erase' END
    ) THEN
        RAISE EXCEPTION 'audit: a subject is forgotten without an event that says so'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM public.audit_hold AS hold WHERE hold.lifted IS NULL AND name = ANY(hold.subjects)) THEN
        RAISE EXCEPTION 'audit: a subject under a legal hold is not forgotten'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM public.audit_data_key WHERE pseudonym_id = name;
    IF kind <> 'Circle' THEN
        DELETE FROM public.audit_pseudonym WHERE pseudonym = name;
    END IF;
END $$;

-- A key may be sealed again under a new version (`secret.rotate`), a hold placed or lifted (`audit.hold`): both said.
CREATE CONSTRAINT TRIGGER traced AFTER UPDATE ON audit_data_key
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('secret.rotate', 'Setting', 'id');
CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON audit_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('audit.hold', 'Hold', 'id');

REVOKE ALL ON audit_data_key, audit_hold FROM PUBLIC, cordee_app, cordee_sequencer, cordee_auditor;
REVOKE ALL ON FUNCTION audit_held(audit_event), audit_only_prune(), audit_prune(uuid[]), audit_forget(uuid) FROM PUBLIC;
GRANT SELECT, INSERT ON audit_data_key, audit_hold TO cordee_app;
GRANT UPDATE (key_version, sealed) ON audit_data_key TO cordee_app;
GRANT UPDATE (subjects, lift_asked_by, lift_asked, lifted_by, lifted) ON audit_hold TO cordee_app;
GRANT USAGE ON SEQUENCE audit_data_key_id_seq TO cordee_app;
GRANT EXECUTE ON FUNCTION audit_held(audit_event), audit_prune(uuid[]), audit_forget(uuid) TO cordee_app;
GRANT SELECT ON audit_data_key, audit_hold TO cordee_auditor;
