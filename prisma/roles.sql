-- Roles, schemas and rights of one database. An administrator runs it in each database, as often as he likes:
--   PGOPTIONS='-c clync.owners=social,admin' psql -d clync_social -f prisma/roles.sql
-- For every owner X: role X_owner owns schema X and runs its migrations; role X is what the processes of X use.
-- X has the rows of schema X and owns X_jobs (its job queue), and can read nothing else.
-- Passwords are set apart from this file: platform/database-setup.ts, or ALTER ROLE … PASSWORD by hand.
DO $roles$
DECLARE
  process_role text;
  owner_role text;
  jobs_schema text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;

  -- Extensions live in public, where every search_path finds their types and operators and nobody can write.
  CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
  CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

  FOREACH process_role IN ARRAY string_to_array(current_setting('clync.owners'), ',') LOOP
    owner_role := process_role || '_owner';
    jobs_schema := process_role || '_jobs';

    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = process_role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', process_role);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner_role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', owner_role);
    END IF;
    -- The owner may act as the process role, so that its SECURITY DEFINER functions can add jobs.
    EXECUTE format('GRANT %I TO %I', process_role, owner_role);
    EXECUTE format('GRANT %I, %I TO CURRENT_USER', process_role, owner_role);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), process_role, owner_role);

    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', process_role, owner_role);
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', jobs_schema, process_role);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', process_role, process_role);

    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owner_role, process_role, process_role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', owner_role, process_role, process_role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO %I', owner_role, process_role, process_role);
    -- Only a revocation without a schema takes away what PUBLIC has by itself.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', owner_role);

    EXECUTE format('ALTER ROLE %I SET search_path = %I, public', process_role, process_role);
    EXECUTE format('ALTER ROLE %I SET search_path = %I, public', owner_role, process_role);
    -- A net under the processes' own limits: nothing they start may run, wait or idle for ever.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', process_role, '30s');
    EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', process_role, '5s');
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', process_role, '30s');
  END LOOP;
END
$roles$;
