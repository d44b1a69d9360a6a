"""Migrations written in SQL, for changes that Piccolo's operations cannot express.

Examples: policies, grants, functions, partitions and checks. They isolate the tenants,
so they are written in the language that enforces them.
"""

from collections.abc import Sequence

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.transactions import current


def sql_migration(
    app_name: str,
    *,
    migration_id: str,
    description: str,
    forwards: Sequence[str],
    backwards: Sequence[str],
) -> MigrationManager:
    """Return a migration of SQL scripts; each may contain several statements.

    All scripts of one direction run in one transaction, as the schema's owner.
    """
    manager = MigrationManager(
        migration_id=migration_id, app_name=app_name, description=description
    )

    async def apply() -> None:
        await _run(forwards)

    async def revert() -> None:
        await _run(backwards)

    manager.add_raw(apply)
    manager.add_raw_backwards(revert)
    return manager


async def _run(scripts: Sequence[str]) -> None:
    for script in scripts:
        await current().execute(script)
