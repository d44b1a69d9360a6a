"""Measurements at one size, and values compared between sizes."""

from statistics import mean

from msgspec import Struct

from bench.size.counting import Retirement, Work
from bench.size.ground import Ground
from bench.size.reading import Cost
from bench.size.writing import WriteCost

_SIZES = """
SELECT pg_database_size(current_database()),
       sum(pg_table_size(c.oid)) FILTER (WHERE c.relname LIKE 'events\\_%'),
       sum(pg_indexes_size(c.oid)) FILTER (WHERE c.relname LIKE 'events\\_%'),
       sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname LIKE 'event\\_keys%')
FROM pg_class c WHERE c.relkind = 'r'"""
_TENTH = 10


class Sizes(Struct, frozen=True):
    """Bytes on disk: total, the rows of events, their indexes, and their keys."""

    database_bytes: int
    row_bytes: int
    index_bytes: int
    key_bytes: int


class Findings(Struct, frozen=True):
    """All measurements with `events` events stored."""

    events: int
    fill_seconds: float
    sizes: Sizes
    reads: dict[str, Cost]
    writes: dict[int, WriteCost]
    rolled: Work
    reports: dict[int, Work]
    retired: Retirement


async def find_sizes(ground: Ground) -> Sizes:
    """Read the sizes from Postgres."""
    connection = await ground.connect()
    try:
        return Sizes(*(int(one or 0) for one in await connection.fetchrow(_SIZES)))
    finally:
        await connection.close()


def drift(work: Work) -> float:
    """Return the cost of the last tenth of the full pieces over the first tenth.

    A ratio above 1 means that a backlog is not processed in linear time.
    """
    each = [
        seconds / amount
        for amount, seconds in zip(work.amounts, work.cpu_seconds, strict=True)
        if amount == max(work.amounts)
    ]
    part = max(1, len(each) // _TENTH)
    return mean(each[-part:]) / mean(each[:part])
