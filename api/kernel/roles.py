"""The database, its roles and their grants, created once by the superuser.

holdfast_owner    owns the schema and migrates; bound by row-level security too
holdfast_definer  cannot log in; owns the functions that look up before log-in
holdfast_api      role of the API
holdfast_worker   role of workers, relay and scheduler
holdfast_monitor  reads statistics and the queue
None of them is a superuser or bypasses row-level security.
"""

import asyncpg
from msgspec import Struct

OWNER = "holdfast_owner"
DEFINER = "holdfast_definer"
API = "holdfast_api"
WORKER = "holdfast_worker"
MONITOR = "holdfast_monitor"

OLDEST_SERVER = 18


class Passwords(Struct, frozen=True):
    """The passwords of the roles that log in."""

    owner: str
    api: str
    worker: str
    monitor: str

    def __repr__(self) -> str:
        return "Passwords(***)"


class ServerTooOld(Exception):
    """The server lacks features that the migrations use."""

    def __init__(self, version: int) -> None:
        super().__init__(f"PostgreSQL {version} is too old: {OLDEST_SERVER} or newer")


_RIGHTS = (
    # The owner transfers functions to the definer, but does not inherit its rights.
    f"GRANT {DEFINER} TO {OWNER} WITH INHERIT FALSE, SET TRUE",
    # The relay reports replication lag, so the worker role reads statistics as well.
    f"GRANT pg_monitor TO {MONITOR}, {WORKER}",
)
_SCHEMA = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}, {DEFINER}",
    f"GRANT USAGE ON SCHEMA public TO {API}, {WORKER}, {MONITOR}",
    # Postgres grants EXECUTE on a new function to PUBLIC; a definer function bypasses
    # the policies, so each migration must grant it explicitly.
    (
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}"
        " REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
    ),
)


async def create_roles(superuser: asyncpg.Connection, passwords: Passwords) -> None:
    """Create the roles, or reset their passwords and attributes."""
    version = superuser.get_server_version().major
    if version < OLDEST_SERVER:
        raise ServerTooOld(version)
    await _ensure_role(superuser, DEFINER, None)
    await _ensure_role(superuser, OWNER, passwords.owner)
    await _ensure_role(superuser, API, passwords.api)
    await _ensure_role(superuser, WORKER, passwords.worker)
    await _ensure_role(superuser, MONITOR, passwords.monitor)
    for right in _RIGHTS:
        await superuser.execute(right)


async def create_database(superuser: asyncpg.Connection, name: str) -> None:
    """Create the database, unless it exists."""
    if await superuser.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return
    await _execute(superuser, "CREATE DATABASE %I OWNER %I", name, OWNER)


async def grant_schema(superuser: asyncpg.Connection) -> None:
    """Restrict the schema to these roles. Runs inside the new database."""
    for right in _SCHEMA:
        await superuser.execute(right)


async def _ensure_role(
    superuser: asyncpg.Connection, name: str, password: str | None
) -> None:
    known = await superuser.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    if not known:
        await _execute(superuser, "CREATE ROLE %I", name)
    plain = "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
    if password is None:
        await _execute(superuser, f"ALTER ROLE %I NOLOGIN {plain}", name)
    else:
        template = f"ALTER ROLE %I LOGIN {plain} PASSWORD %L"
        await _execute(superuser, template, name, password)


async def _execute(
    superuser: asyncpg.Connection, template: str, *arguments: str
) -> None:
    """Run a statement that takes no parameters, with arguments quoted by the server."""
    statement = await superuser.fetchval(
        "SELECT format($1, VARIADIC $2::text[])", template, list(arguments)
    )
    await superuser.execute(statement)
