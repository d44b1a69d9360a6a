"""Events, the keys that make their delivery idempotent, and their counts.

A unique key on a table partitioned by time must include the time, so it would accept a
retry twice; `event_keys` has the unique key instead. The primary key of `events` is
also the index of the list. An event's id determines its partition, so no index on the
id alone is needed.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:01:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "events, keys, tallies, roll-ups, reports"

TABLES = """
CREATE TABLE event_keys (
    organization_id uuid NOT NULL,
    client_id text NOT NULL,
    digest bytea NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (organization_id, client_id)
) PARTITION BY HASH (organization_id);

CREATE TABLE events (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id text NOT NULL,
    type text NOT NULL,
    tool text,
    actor text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    properties jsonb NOT NULL,
    PRIMARY KEY (organization_id, occurred_at, id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX events_by_type
    ON events (organization_id, type, occurred_at, id);
CREATE INDEX events_by_actor
    ON events (organization_id, actor, occurred_at, id) WHERE actor IS NOT NULL;
CREATE INDEX events_by_tool
    ON events (organization_id, tool, occurred_at, id) WHERE tool IS NOT NULL;

CREATE TABLE event_tallies (
    organization_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    type text NOT NULL,
    count bigint NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000
);
CREATE INDEX event_tallies_by_organization ON event_tallies (organization_id);

CREATE TABLE event_rollups (
    organization_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    type text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (organization_id, hour, type)
) WITH (fillfactor = 70);

CREATE TABLE event_reports (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    covers_from timestamptz NOT NULL,
    covers_to timestamptz NOT NULL CHECK (covers_to > covers_from),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done')),
    builds integer NOT NULL DEFAULT 0,
    result jsonb,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);

DO $$
BEGIN
    FOR slot IN 0..7 LOOP
        EXECUTE format(
            'CREATE TABLE event_keys_%1$s PARTITION OF event_keys'
            ' FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', slot);
        EXECUTE format('ALTER TABLE event_keys_%s ENABLE ROW LEVEL SECURITY', slot);
        EXECUTE format('ALTER TABLE event_keys_%s FORCE ROW LEVEL SECURITY', slot);
        EXECUTE format(
            'REVOKE ALL ON event_keys_%s FROM PUBLIC, holdfast_api,'
            ' holdfast_worker, holdfast_definer, holdfast_monitor', slot);
    END LOOP;
END $$;
"""

# `nullif`: once a transaction has set it locally, an unset setting reads as ''.
POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['event_keys', 'events', 'event_tallies',
                                'event_rollups', 'event_reports']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (organization_id ='
            ' nullif(current_setting(''app.organization'', true), '''')::uuid)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['event_keys', 'events', 'event_tallies']
    LOOP
        EXECUTE format('CREATE POLICY definer ON %I TO holdfast_definer'
                       ' USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
GRANT SELECT ON events, event_tallies, event_rollups TO holdfast_api, holdfast_worker;
GRANT SELECT, INSERT ON event_reports TO holdfast_api;
GRANT DELETE ON event_tallies TO holdfast_worker;
GRANT INSERT, UPDATE ON event_rollups TO holdfast_worker;
GRANT SELECT, UPDATE ON event_reports TO holdfast_worker;
GRANT SELECT, INSERT, DELETE ON event_keys TO holdfast_definer;
GRANT SELECT, INSERT ON events, event_tallies TO holdfast_definer;
"""

UNDO = """
DROP TABLE event_keys, events, event_tallies, event_rollups, event_reports;
"""


async def forwards() -> MigrationManager:
    """Create the tables; the migration of the months creates the partitions."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(TABLES, POLICIES),
        backwards=(UNDO,),
    )
