"""Pages of events that match several filters.

Sessions keep one plan for each statement, because planning costs more than reading a
page. That is right while one index serves the query. With two filters the rarer one's
index must be scanned, and only a plan for the actual values knows which it is.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:04:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "find_meeting_events"

# The planner removes a filter or cursor that is NULL. Row-level security applies
# inside: the function runs with the rights of its caller.
FIND = """
CREATE FUNCTION find_meeting_events(
    tenant uuid, since timestamptz, until timestamptz,
    wanted_type text, wanted_tool text, wanted_actor text,
    cursor_moment timestamptz, cursor_id uuid, newest_first boolean, most integer
) RETURNS SETOF events
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    IF newest_first THEN
        RETURN QUERY
            SELECT e.* FROM events e
            WHERE e.organization_id = tenant
              AND e.occurred_at >= since AND e.occurred_at < until
              AND (cursor_id IS NULL
                   OR (e.occurred_at, e.id) < (cursor_moment, cursor_id))
              AND (wanted_type IS NULL OR e.type = wanted_type)
              AND (wanted_tool IS NULL OR e.tool = wanted_tool)
              AND (wanted_actor IS NULL OR e.actor = wanted_actor)
            ORDER BY e.occurred_at DESC, e.id DESC LIMIT most;
    ELSE
        RETURN QUERY
            SELECT e.* FROM events e
            WHERE e.organization_id = tenant
              AND e.occurred_at >= since AND e.occurred_at < until
              AND (cursor_id IS NULL
                   OR (e.occurred_at, e.id) > (cursor_moment, cursor_id))
              AND (wanted_type IS NULL OR e.type = wanted_type)
              AND (wanted_tool IS NULL OR e.tool = wanted_tool)
              AND (wanted_actor IS NULL OR e.actor = wanted_actor)
            ORDER BY e.occurred_at, e.id LIMIT most;
    END IF;
END $$;
REVOKE ALL ON FUNCTION find_meeting_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_meeting_events TO holdfast_api;
"""


async def forwards() -> MigrationManager:
    """Create the function and let only the API execute it."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(FIND,),
        backwards=("DROP FUNCTION find_meeting_events",),
    )
