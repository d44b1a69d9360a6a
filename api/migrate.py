"""`python -m api.migrate bootstrap | forwards`: bring a database up to date.

bootstrap  as a superuser: roles, database, schema rights. Safe to repeat.
forwards   as holdfast_owner: every migration that has not run. Safe to repeat, and
           safe to run from several machines at once: one works, the others wait.
"""

import argparse
import asyncio
import contextlib
import io
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
from piccolo.apps.migrations.commands.forwards import run_forwards

from api.kernel import roles
from api.kernel.connections import Credentials, TenantConnection, connect
from api.kernel.hosts import Hosts
from api.kernel.transactions import use_connection
from api.settings import Settings, SettingsRefused, read_settings, read_variable

_FIND_SECONDS = 30.0
_COMMAND_SECONDS = 600.0
_LOCK = 0x686F6C64  # "hold": nothing else takes this advisory lock


class MigrationFailed(Exception):
    """A migration failed; the database keeps the migrations before it."""


async def bootstrap(settings: Settings, passwords: roles.Passwords) -> None:
    """Create roles and database as the superuser of the settings."""
    async with _leader(
        msgspec.structs.replace(settings, database_name="postgres")
    ) as su:
        await roles.create_roles(su, passwords)
        await roles.create_database(su, settings.database_name)
    async with _leader(settings) as superuser:
        await roles.grant_schema(superuser)


async def forwards(settings: Settings) -> str:
    """Run the outstanding migrations as the owner; return Piccolo's output.

    Raises MigrationFailed.
    """
    os.environ["PICCOLO_CONF"] = "api.piccolo_conf"  # Piccolo looks nowhere else
    said = io.StringIO()
    async with _leader(settings) as owner:
        await owner.execute("SELECT pg_advisory_lock($1)", _LOCK)
        with use_connection(owner), contextlib.redirect_stdout(said):
            outcome = await run_forwards("all")
    if not outcome.success:
        raise MigrationFailed(outcome.message)
    return said.getvalue()


@asynccontextmanager
async def _leader(settings: Settings) -> AsyncGenerator[TenantConnection]:
    credentials = Credentials.of(settings, command_seconds=_COMMAND_SECONDS)
    hosts = Hosts(
        settings.database_hosts,
        connect=lambda address: connect(address, credentials),
        accept=lambda connection: not connection.in_recovery,
        pause_seconds=0.1,
    )
    try:
        connection = await asyncio.wait_for(hosts.open(), _FIND_SECONDS)
        try:
            yield connection
        finally:
            await connection.close(timeout=2)
    finally:
        await hosts.stop()


def _passwords() -> roles.Passwords:
    return roles.Passwords(
        owner=read_variable("OWNER_PASSWORD"),
        api=read_variable("API_PASSWORD"),
        worker=read_variable("WORKER_PASSWORD"),
        monitor=read_variable("MONITOR_PASSWORD"),
    )


def main() -> int:
    """Run one command; 0 done, 1 failed, 2 usage or settings."""
    parser = argparse.ArgumentParser(prog="api.migrate", description=__doc__)
    parser.add_argument("command", choices=("bootstrap", "forwards"))
    command = parser.parse_args().command
    try:
        settings = read_settings()
        if command == "bootstrap":
            asyncio.run(bootstrap(settings, _passwords()))
        else:
            sys.stdout.write(asyncio.run(forwards(settings)))
    except SettingsRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except (MigrationFailed, roles.ServerTooOld, TimeoutError, OSError) as failure:
        sys.stderr.write(f"{command}: {failure or 'no leader was found in time'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
