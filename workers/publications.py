"""Which jobs the broker must be told of. Marking and telling are two systems.

A job is marked first and published next, so the mark needs no lock while Redis is
asked. Whatever is lost between the two, or by Redis later, is overdue after a while and
published again; publishing twice is harmless.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from api.kernel import database

_TAKE_DUE = """
UPDATE jobs SET published_at = now()
WHERE id IN (
    SELECT id FROM jobs
    WHERE state = 'waiting' AND published_at IS NULL AND run_at <= now()
    ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING id, fence, actor, queue, run_at, published_at, traceparent
"""

_PUT_BACK = """
UPDATE jobs SET published_at = NULL WHERE id = ANY($1::uuid[]) AND state = 'waiting'
"""

_NEXT_DUE = """
SELECT extract(epoch FROM min(run_at) - now())::float8 FROM jobs
WHERE state = 'waiting' AND published_at IS NULL
"""

_OVERDUE = """
SELECT id, fence, actor, queue, run_at, published_at, traceparent FROM jobs
WHERE state = 'waiting' AND published_at < now() - make_interval(secs => $1)
    AND (published_at, id) > ($2, $3)
ORDER BY published_at, id LIMIT $4
"""

_TAKE_STRANDED = """
UPDATE jobs SET published_at = now()
WHERE id IN (
    SELECT id FROM jobs
    WHERE state = 'waiting' AND published_at < now() - make_interval(secs => $1)
    ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING id, fence, actor, queue, run_at, published_at, traceparent
"""


class Publication(Struct, frozen=True):
    """One attempt of a job, as the broker must hear of it."""

    id: UUID
    fence: int
    actor: str
    queue: str
    run_at: datetime
    published_at: datetime
    traceparent: str | None = None


async def take_due(limit: int) -> list[Publication]:
    """Mark due jobs as published and return them; every relay gets others.

    In the order in which they became due; RETURNING does not sort.
    """
    taken = await _publications(_TAKE_DUE, limit)
    return sorted(taken, key=lambda one: one.run_at)


async def put_back(publications: Sequence[Publication]) -> None:
    """Unmark what the broker did not take."""
    await _fetch(_PUT_BACK, [one.id for one in publications])


async def next_due_seconds() -> float | None:
    """How long until an unpublished job is due, below 0 when it is; None without."""
    (row,) = await _fetch(_NEXT_DUE)
    seconds: float | None = row[0]
    return seconds


async def overdue(
    age_seconds: float, after: Publication | None, limit: int
) -> list[Publication]:
    """What was published that long ago and is still waiting, oldest first."""
    start = datetime.fromtimestamp(0, UTC) if after is None else after.published_at
    last = UUID(int=0) if after is None else after.id
    return await _publications(_OVERDUE, age_seconds, start, last, limit)


async def take_stranded(age_seconds: float, limit: int) -> list[Publication]:
    """Mark long overdue jobs as published now, and return them."""
    return await _publications(_TAKE_STRANDED, age_seconds, limit)


async def _publications(statement: str, *arguments: object) -> list[Publication]:
    return [Publication(**row) for row in await _fetch(statement, *arguments)]


async def _fetch(statement: str, *arguments: object) -> list[Record]:
    async with database.handle().primary.borrow() as connection:
        rows: list[Record] = await connection.fetch(statement, *arguments)
        return rows
