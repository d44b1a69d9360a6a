"""Functions for monthly partitions: create them ahead, clear and drop old ones.

There is no default partition: it would be scanned whenever a month is attached.
Each step takes its locks for two seconds at most and is safe to repeat.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:03:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "partition keeper"

# ATTACH needs a lighter lock on the parent than CREATE … PARTITION OF, and the
# constraint avoids the scan. The parent's policies do not cover direct access to a
# partition, so no role has access.
KEEP = """
CREATE FUNCTION keep_event_months(first_day timestamptz, last_day timestamptz)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    month timestamptz := date_trunc('month', first_day);
    name text;
    bounds text;
BEGIN
    WHILE month <= last_day LOOP
        name := 'events_' || to_char(month, 'YYYY_MM');
        IF to_regclass(format('public.%I', name)) IS NULL THEN
            bounds := format('occurred_at >= %L AND occurred_at < %L',
                             month, month + interval '1 month');
            EXECUTE format('CREATE TABLE public.%I (LIKE events INCLUDING DEFAULTS)',
                           name);
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT month CHECK (%s)',
                           name, bounds);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, holdfast_api,'
                           ' holdfast_worker, holdfast_definer, holdfast_monitor',
                           name);
            EXECUTE format('ALTER TABLE events ATTACH PARTITION %I'
                           ' FOR VALUES FROM (%L) TO (%L)',
                           name, month, month + interval '1 month');
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT month', name);
            RETURN NEXT name;
        END IF;
        month := month + interval '1 month';
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION keep_event_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_event_months TO holdfast_worker;
SELECT keep_event_months(now() - interval '91 days', now() + interval '92 days');
"""

# Refuses to delete events younger than ninety days. SQL cannot read targets.toml, so
# the limit is a constant here; when `limit.event-retention` changes,
# tests/contracts/test_retention.py requires a migration that replaces this.
GUARD = """
CREATE FUNCTION refuse_retained_month(month timestamptz) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
BEGIN
    IF date_trunc('month', month) + interval '1 month' > now() - interval '90 days' THEN
        RAISE EXCEPTION 'the month of % still holds events that are kept', month
            USING ERRCODE = 'object_in_use';
    END IF;
END $$;
GRANT EXECUTE ON FUNCTION refuse_retained_month TO holdfast_definer;
"""

# Deletes the keys of a month's events block by block, when the month gets no writes
# any more; returns the block to continue from, or NULL at the end.
CLEAR = """
CREATE FUNCTION clear_event_keys(month timestamptz, block bigint, blocks bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    name text := 'events_' || to_char(month, 'YYYY_MM');
    size bigint := pg_relation_size(to_regclass(format('public.%I', name)))
                   / current_setting('block_size')::bigint;
BEGIN
    PERFORM refuse_retained_month(month);
    DELETE FROM event_keys k USING events e
    WHERE e.occurred_at >= month AND e.occurred_at < month + interval '1 month'
      AND e.ctid >= format('(%s,0)', block)::tid
      AND e.ctid < format('(%s,0)', block + blocks)::tid
      AND k.organization_id = e.organization_id AND k.client_id = e.client_id
      AND k.event_id = e.id;
    RETURN CASE WHEN block + blocks < size THEN block + blocks END;
END $$;
REVOKE ALL ON FUNCTION clear_event_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_event_keys TO holdfast_worker;
ALTER FUNCTION clear_event_keys OWNER TO holdfast_definer;
"""

DROP = """
CREATE FUNCTION drop_event_month(month timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    name text := 'events_' || to_char(month, 'YYYY_MM');
BEGIN
    PERFORM refuse_retained_month(month);
    IF to_regclass(format('public.%I', name)) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION drop_event_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_event_month TO holdfast_worker;
"""

UNDO = """
DROP FUNCTION keep_event_months, clear_event_keys, drop_event_month,
    refuse_retained_month;
"""


async def forwards() -> MigrationManager:
    """Create the functions and the partitions that are needed today."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(KEEP, GUARD, CLEAR, DROP),
        backwards=(UNDO,),
    )
