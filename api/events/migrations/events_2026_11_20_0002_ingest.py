"""The function that writes events; there is no other way to write one.

A group of requests may mix tenants, so it cannot be bound to one. The function takes
each item's organization, from the caller's verified credential, and its owner has no
other rights. It returns only the items that were not accepted.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:02:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "ingest_events"

# The order of the first INSERT is the same in every session: two groups that
# hold the same keys wait for each other instead of deadlocking. The second
# statement sees what a concurrent group committed meanwhile; the first does not.
# One roll-up job for each organization and second, due after that second: writers never
# lock a job that is due, so they cannot keep it from starting.
# OFFSET 0 holds the planner to one index probe for each item.
INGEST = """
CREATE FUNCTION ingest_events(
    organizations uuid[], client_ids text[], digests bytea[], ids uuid[],
    types text[], tools text[], actors text[], occurrences timestamptz[],
    receipts timestamptz[], documents text[], rollup_actor text, rollup_at timestamptz
) RETURNS TABLE (item bigint, event_id uuid, same boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    touched uuid[];
    accepted bigint;
    tenant uuid;
BEGIN
    WITH items AS (
        SELECT * FROM unnest(
            organizations, client_ids, digests, ids, types, tools, actors,
            occurrences, receipts, documents
        ) WITH ORDINALITY AS i (
            organization_id, client_id, digest, id, type, tool, actor,
            occurred_at, received_at, properties, place
        )
    ), fresh AS (
        INSERT INTO event_keys AS k
            (organization_id, client_id, digest, occurred_at, event_id)
        SELECT i.organization_id, i.client_id, i.digest, i.occurred_at, i.id
        FROM items i
        ORDER BY i.organization_id, i.client_id, i.place
        ON CONFLICT DO NOTHING
        RETURNING k.event_id
    ), stored AS (
        INSERT INTO events AS e
            (organization_id, id, client_id, type, tool, actor,
             occurred_at, received_at, properties)
        SELECT i.organization_id, i.id, i.client_id, i.type, i.tool, i.actor,
               i.occurred_at, i.received_at, i.properties::jsonb
        FROM items i JOIN fresh f ON f.event_id = i.id
        RETURNING e.organization_id, e.type, e.occurred_at
    ), tallied AS (
        INSERT INTO event_tallies AS t (organization_id, hour, type, count)
        SELECT s.organization_id, date_trunc('hour', s.occurred_at, 'UTC'), s.type,
               count(*)
        FROM stored s GROUP BY 1, 2, 3
        RETURNING t.organization_id, t.count
    )
    SELECT array_agg(DISTINCT t.organization_id ORDER BY t.organization_id),
           coalesce(sum(t.count), 0)
    INTO touched, accepted
    FROM tallied t;

    FOREACH tenant IN ARRAY coalesce(touched, '{}') LOOP
        PERFORM put_job(
            uuidv7(), rollup_actor, 'default', tenant,
            jsonb_build_object('organization_id', tenant), rollup_at,
            format('%s@%s', tenant, extract(epoch FROM rollup_at)), NULL, NULL);
    END LOOP;

    IF accepted < cardinality(ids) THEN
        RETURN QUERY
            SELECT i.place, k.event_id, k.digest = i.digest
            FROM unnest(organizations, client_ids, digests, ids) WITH ORDINALITY
                AS i (organization_id, client_id, digest, id, place)
            CROSS JOIN LATERAL (
                SELECT e.event_id, e.digest FROM event_keys e
                WHERE e.organization_id = i.organization_id
                  AND e.client_id = i.client_id
                OFFSET 0
            ) k
            WHERE k.event_id <> i.id;
    END IF;
END $$;

REVOKE ALL ON FUNCTION ingest_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ingest_events TO holdfast_api;
ALTER FUNCTION ingest_events OWNER TO holdfast_definer;
"""


async def forwards() -> MigrationManager:
    """Create the function and let only the API execute it."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(INGEST,),
        backwards=("DROP FUNCTION ingest_events",),
    )
