"""Pages of events that several filters must meet.

Sessions of ours keep one plan a statement, because planning costs more than a page.
That is right while one index answers. Where two filters meet, the rarer one must be
walked, and only a plan made for the very values knows which that is.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:04:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "find_meeting_events"

# A filter that is NULL falls away when the plan is made; so does the cursor. Row-level
# security holds inside: the function runs as whoever calls it.
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
    """Create the function; the API may call it, nobody else."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(FIND,),
        backwards=("DROP FUNCTION find_meeting_events",),
    )
