"""Indexes of a partitioned table: dropped during a load, and identified in a plan."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

_SECONDS = 900
_DEFINITIONS = """
SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS index,
       c.conname AS constraint,
       coalesce(
           pg_get_constraintdef(c.oid),
           replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
       ) AS definition
FROM pg_index i
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
WHERE i.indrelid = ANY ($1::text[]::regclass[])
ORDER BY index"""
_PARENTS = """
SELECT child.relname, parent.relname
FROM pg_inherits i
JOIN pg_class child ON child.oid = i.inhrelid
JOIN pg_class parent ON parent.oid = i.inhparent
WHERE child.relkind = 'i'"""


@asynccontextmanager
async def dropped_meanwhile(
    connection: asyncpg.Connection, tables: Sequence[str], *, only: str = ""
) -> AsyncIterator[None]:
    """Drop the indexes of the migrations, and build the same ones afterwards.

    `only` names a single index; by default all are dropped.
    """
    every = await connection.fetch(_DEFINITIONS, tables)
    found = [one for one in every if only in ("", one["index"])]
    for table, index, constraint, _ in found:
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
        await connection.execute(drop if constraint else f"DROP INDEX {index}")
    yield
    for table, _, constraint, definition in found:
        add = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}"
        await connection.execute(add if constraint else definition, timeout=_SECONDS)


async def parents(connection: asyncpg.Connection) -> dict[str, str]:
    """Return the parent index of each index of a partition."""
    return dict(await connection.fetch(_PARENTS))
