"""The jobs, their outbox function and the schedules."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T13:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Jobs, put_job and schedules"

JOBS = """
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    actor text NOT NULL,
    queue text NOT NULL,
    organization_id uuid,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    run_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    attempt integer NOT NULL DEFAULT 0,
    lost integer NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    worker text,
    error text,
    dedupe_key text,
    request_id text,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
COMMENT ON COLUMN jobs.attempt IS 'claims so far, without those given back by a drain';
COMMENT ON COLUMN jobs.lost IS 'leases that ran out: the worker died or froze';
COMMENT ON COLUMN jobs.fence IS 'grows with every claim; a completion must name it';
"""

# lease_until is in no index and no predicate, so that renewals stay heap-only.
INDEXES = """
CREATE UNIQUE INDEX jobs_deduped ON jobs (actor, dedupe_key)
    WHERE state = 'waiting' AND dedupe_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (run_at)
    WHERE state = 'waiting' AND published_at IS NULL;
CREATE INDEX jobs_published ON jobs (published_at)
    WHERE state = 'waiting' AND published_at IS NOT NULL;
CREATE INDEX jobs_running ON jobs (worker) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (state, finished_at)
    WHERE state IN ('done', 'dead');
"""

# The API has no rights on the table, only on this function. FOR SHARE delays a waiting
# job that absorbs this one until the commit; else it would miss this one's writes.
PUT_JOB = """
CREATE FUNCTION put_job(
    new_id uuid, new_actor text, new_queue text, new_organization_id uuid,
    new_payload jsonb, new_run_at timestamptz, new_dedupe_key text,
    new_request_id text, new_traceparent text
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bound uuid := nullif(current_setting('app.organization', true), '')::uuid;
    kept uuid;
BEGIN
    IF new_organization_id IS DISTINCT FROM bound AND bound IS NOT NULL
       AND new_organization_id IS NOT NULL THEN
        RAISE insufficient_privilege
            USING MESSAGE = 'a job of another organization was refused';
    END IF;
    LOOP
        INSERT INTO jobs (id, actor, queue, organization_id, payload, run_at,
                          dedupe_key, request_id, traceparent)
        VALUES (new_id, new_actor, new_queue, new_organization_id, new_payload,
                coalesce(new_run_at, now()), new_dedupe_key, new_request_id,
                new_traceparent)
        ON CONFLICT (actor, dedupe_key)
            WHERE state = 'waiting' AND dedupe_key IS NOT NULL DO NOTHING
        RETURNING id INTO kept;
        EXIT WHEN FOUND;
        SELECT id INTO kept FROM jobs
        WHERE actor = new_actor AND dedupe_key = new_dedupe_key
            AND state = 'waiting' FOR SHARE;
        IF FOUND THEN RETURN kept; END IF;
    END LOOP;
    PERFORM pg_notify('holdfast_jobs', new_queue);
    RETURN kept;
END $$;
"""

SCHEDULES = """
CREATE TABLE schedules (
    name text PRIMARY KEY,
    cron text NOT NULL,
    actor text NOT NULL,
    payload jsonb NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz
);
"""

RIGHTS = """
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_of_workers ON jobs TO holdfast_worker USING (true);
CREATE POLICY jobs_put ON jobs TO holdfast_definer USING (true);
CREATE POLICY jobs_watched ON jobs FOR SELECT TO holdfast_monitor USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs, schedules TO holdfast_worker;
GRANT SELECT, INSERT, UPDATE ON jobs TO holdfast_definer;
GRANT SELECT ON jobs, schedules TO holdfast_monitor;
REVOKE ALL ON FUNCTION put_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION put_job TO holdfast_api, holdfast_worker;
ALTER FUNCTION put_job OWNER TO holdfast_definer;
"""

REVERT = "DROP FUNCTION put_job; DROP TABLE schedules; DROP TABLE jobs;"


async def forwards() -> MigrationManager:
    """Create the tables, the function that adds jobs, and the grants."""
    return sql_migration(
        "kernel",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(JOBS, INDEXES, PUT_JOB, SCHEDULES, RIGHTS),
        backwards=(REVERT,),
    )
