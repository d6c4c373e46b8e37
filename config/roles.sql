-- Rights of the four roles in Cordée's database: run once by a superuser, inside the new database, owned by cordee_owner.
-- The demo and the tests run it through config/services.py; production runs the same file (docs/operations.md).
-- What the log must not allow (UPDATE, DELETE, direct INSERT) is taken away by the migrations of `audit`.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO cordee_owner;
GRANT USAGE ON SCHEMA public TO cordee_app, cordee_sequencer, cordee_auditor;

ALTER DEFAULT PRIVILEGES FOR ROLE cordee_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cordee_app;
ALTER DEFAULT PRIVILEGES FOR ROLE cordee_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO cordee_app;
