"""Fill an empty schema with events in minutes: rows first, indexes afterwards.

The database generates the rows. Each is a function of its number and the seed; the
numbers follow the times of the events through the retention period.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import asyncpg
from msgspec import Struct

from bench.size import population
from bench.size.indexes import dropped_meanwhile
from bench.size.population import Skewed

Connect = Callable[[], Awaitable[asyncpg.Connection]]

_LOADERS = 2
_SECONDS = 900
_TABLES = ("events", "event_keys")
_EMPTY = """
TRUNCATE event_keys, events, event_tallies, event_rollups, event_reports, jobs"""
# A bulk load need not be durable; the measurements afterwards run with durability on.
_LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
}
_SESSION = """
SET synchronous_commit = off; SET jit = off; SET maintenance_work_mem = '512MB';
SET max_parallel_maintenance_workers = 2"""

# An id holds when its event occurred, as the API's own ids do: twelve hex digits for
# the millisecond of receipt, then the delay since the occurrence plus a day.
_EVENTS = f"""
INSERT INTO events
    (organization_id, id, client_id, type, tool, actor, occurred_at, received_at,
     properties)
SELECT
    CASE WHEN rare THEN ($2::uuid[])[1]
         ELSE ($2::uuid[])[width_bucket(u1, $3::float8[]) + 1] END,
    (lpad(to_hex(received), 12, '0') || '7' || lpad(to_hex(delay >> 22), 3, '0')
     || to_hex((2::bigint << 22) | (delay & 4194303))
     || lpad(to_hex(i & 1048575), 5, '0') || lpad(to_hex(h & 1048575), 5, '0'))::uuid,
    md5($1::bigint || ':' || i),
    CASE WHEN rare THEN '{population.RARE_TYPE}' ELSE type END,
    CASE WHEN rare THEN '{population.RARE_TOOL}'
         WHEN type = '{population.APART_TYPE}' AND tool = '{population.APART_TOOL}'
         THEN '{population.FREQUENT_TOOL}' ELSE tool END,
    CASE WHEN rare THEN '{population.RARE_ACTOR}' ELSE actor END,
    to_timestamp(occurred / 1000.0), to_timestamp(received / 1000.0),
    jsonb_build_object('branch', 'main', 'seconds', h & 1023,
                       'commit', md5(h::text), 'host', 'runner-' || (h & 63))
FROM generate_series($6::bigint, $7::bigint - 1) AS i
CROSS JOIN LATERAL (
    SELECT hashint8extended(i, $1) AS h, hashint8extended(i, $1 + 1) AS g
) AS hashes
CROSS JOIN LATERAL (
    SELECT (h >> 8 & 16777215) / 16777216.0::float8 AS u1,
           (h >> 32 & 16777215) / 16777216.0::float8 AS u2,
           (g >> 8 & 16777215) / 16777216.0::float8 AS u3,
           (g >> 32 & 16777215) / 16777216.0::float8 AS u4,
           $9::bigint + (($10::bigint - $9) * (i::float8 / $8::bigint))::bigint
               AS occurred,
           (g & 4095) AS lag,
           i % greatest($8 / {population.RARE_EVENTS}, 1) = 0 AS rare
) AS drawn
CROSS JOIN LATERAL (
    SELECT ($4::text[])[width_bucket(u2, $5::float8[]) + 1] AS type,
           CASE WHEN u3 < 0.9 THEN
               'tool-' || floor(power(u3 / 0.9, 3) * {population.TOOLS}) END AS tool,
           CASE WHEN u4 < 0.95 THEN
               'actor-' || floor(power(u4 / 0.95, 3) * {population.ACTORS})
           END AS actor,
           occurred + lag AS received, lag + 86400000 AS delay
) AS named"""  # noqa: S608 - constants of this module
_KEYS = """
INSERT INTO event_keys (organization_id, client_id, digest, occurred_at, event_id)
SELECT organization_id, client_id, decode(md5(client_id), 'hex'), occurred_at, id
FROM events"""
# Months are created first, because both loaders would create the same ones.
_MONTHS = "SELECT keep_event_months($1, $2)"


class Filling(Struct, frozen=True, kw_only=True):
    """The number of events, their tenants, and the range of their times."""

    events: int
    tenants: Skewed
    since: datetime
    until: datetime
    seed: int


async def fill(connect: Connect, filling: Filling) -> None:
    """Empty the tables of events, fill them, and vacuum and analyse them."""
    owner = await connect()
    try:
        await owner.execute(_SESSION)
        await owner.execute(_EMPTY, timeout=_SECONDS)
        await owner.execute(_MONTHS, filling.since, filling.until + timedelta(days=1))
        await configure(owner, _LOADING)
        async with dropped_meanwhile(owner, _TABLES):
            await asyncio.gather(
                *(load_slice(connect, filling, one) for one in range(_LOADERS))
            )
            await owner.execute(_KEYS, timeout=_SECONDS)
        for table in (*_TABLES, "event_tallies", "event_rollups"):
            await owner.execute(f"VACUUM (ANALYZE) {table}", timeout=_SECONDS)
        await configure(owner, dict.fromkeys(_LOADING))
        await owner.execute("CHECKPOINT", timeout=_SECONDS)
    finally:
        await owner.close()


async def load_slice(connect: Connect, filling: Filling, number: int) -> None:
    """Insert the events of one loader: a range of numbers, hence of times."""
    types = population.types()
    connection = await connect()
    try:
        await connection.execute(_SESSION)
        await connection.execute(
            _EVENTS,
            filling.seed,
            filling.tenants.things,
            filling.tenants.edges,
            types.things,
            types.edges,
            filling.events * number // _LOADERS,
            filling.events * (number + 1) // _LOADERS,
            filling.events,
            milliseconds(filling.since),
            milliseconds(filling.until),
            timeout=_SECONDS,
        )
    finally:
        await connection.close()


async def configure(
    connection: asyncpg.Connection, settings: dict[str, str] | dict[str, None]
) -> None:
    """Change server settings that need no restart; None means the default."""
    for name, value in settings.items():
        change = f"SET {name} = '{value}'" if value is not None else f"RESET {name}"
        await connection.execute(f"ALTER SYSTEM {change}")
    await connection.execute("SELECT pg_reload_conf()")


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
