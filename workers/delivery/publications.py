"""Jobs that the broker must receive: which are due, overdue or stranded.

Marking a job as published and publishing it are steps in two systems. The mark comes
first, so no row is locked while Redis answers. A job that is lost between the steps, or
by Redis later, becomes overdue and is published again; a repeat is harmless.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from asyncpg import Record
from dramatiq import Message
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

_UNMARK = """
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
    """One attempt of a job, as it is published to the broker."""

    id: UUID
    fence: int
    actor: str
    queue: str
    run_at: datetime
    published_at: datetime
    traceparent: str | None = None


def notification(job: UUID, fence: int, actor: str, queue: str) -> Message[None]:
    """Return the Dramatiq message that carries a job's id to a worker.

    The fence is part of its id in Redis: each attempt is published as a new message,
    and publishing one attempt twice adds nothing.
    """
    return Message(
        queue_name=queue,
        actor_name=actor,
        args=(str(job),),
        kwargs={},
        options={"redis_message_id": f"{job}.{fence}"},
        message_id=str(job),
    )


async def take_due(limit: int) -> list[Publication]:
    """Mark due jobs as published and return them; two relays never get the same job.

    They come in the order in which they became due; RETURNING does not sort.
    """
    taken = await _publications(_TAKE_DUE, limit)
    return sorted(taken, key=lambda one: one.run_at)


async def unmark(publications: Sequence[Publication]) -> None:
    """Remove the mark from jobs that the broker did not accept."""
    await _fetch(_UNMARK, [one.id for one in publications])


async def next_due_seconds() -> float | None:
    """Return the seconds until an unpublished job is due, or None if there is none.

    The value is negative when a job is due already.
    """
    (row,) = await _fetch(_NEXT_DUE)
    seconds: float | None = row[0]
    return seconds


async def overdue(
    age_seconds: float, after: Publication | None, limit: int
) -> list[Publication]:
    """Return jobs published that long ago and still waiting, oldest first."""
    start = datetime.fromtimestamp(0, UTC) if after is None else after.published_at
    last = UUID(int=0) if after is None else after.id
    return await _publications(_OVERDUE, age_seconds, start, last, limit)


async def take_stranded(age_seconds: float, limit: int) -> list[Publication]:
    """Mark jobs published that long ago as published now, and return them."""
    return await _publications(_TAKE_STRANDED, age_seconds, limit)


async def _publications(statement: str, *arguments: object) -> list[Publication]:
    return [Publication(**row) for row in await _fetch(statement, *arguments)]


async def _fetch(statement: str, *arguments: object) -> list[Record]:
    async with database.handle().primary.acquire() as connection:
        rows: list[Record] = await connection.fetch(statement, *arguments)
        return rows
