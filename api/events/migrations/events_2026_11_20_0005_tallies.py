"""Index of the tallies by organization and hour: a job takes the oldest first.

With an index on the organization alone, statistics of a long backlog made the planner
read the table from its start, past all rows already rolled up, and a job of a large
tenant cost twice as much. An order that only the index provides makes it use the index.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T10:05:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "tallies by hour"

BY_HOUR = """
CREATE INDEX event_tallies_by_hour ON event_tallies (organization_id, hour);
DROP INDEX event_tallies_by_organization;
"""
UNDO = """
CREATE INDEX event_tallies_by_organization ON event_tallies (organization_id);
DROP INDEX event_tallies_by_hour;
"""


async def forwards() -> MigrationManager:
    """Replace the index; the table is small, however many events there are."""
    return sql_migration(
        "events",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(BY_HOUR,),
        backwards=(UNDO,),
    )
