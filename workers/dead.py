"""Dead letters: jobs that ended without their effect."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from api.kernel import database
from api.kernel.outbox import CHANNEL

_LIST = """
SELECT id, actor, queue, organization, attempt, lost, error, request_id, finished_at
FROM jobs WHERE state = 'dead' ORDER BY finished_at DESC LIMIT $1
"""

_REPLAY = """
WITH back AS (
    UPDATE jobs SET state = 'waiting', attempt = 0, lost = 0, run_at = now(),
        published_at = NULL, finished_at = NULL
    WHERE state = 'dead' AND ($1::uuid IS NULL OR id = $1) RETURNING queue
), rung AS (
    SELECT pg_notify($2, queue) FROM (SELECT DISTINCT queue FROM back) AS queues
)
SELECT (SELECT count(*) FROM back), (SELECT count(*) FROM rung)
"""


class DeadLetter(Struct, frozen=True):
    """A dead job as an operator sees it; its payload stays in the database."""

    id: UUID
    actor: str
    queue: str
    organization: UUID | None
    attempt: int
    lost: int
    error: str | None
    request_id: str | None
    finished_at: datetime


async def list_dead(limit: int) -> list[DeadLetter]:
    """The most recent dead letters first."""
    async with database.handle().primary.borrow() as connection:
        rows = await connection.fetch(_LIST, limit)
    return [DeadLetter(**row) for row in rows]


async def replay(job: UUID | None) -> int:
    """Let a dead job, or all of them, start over; how many. Safe to repeat:

    what was replayed is not dead any more, and the fence still tells attempts apart.
    """
    async with database.handle().primary.borrow() as connection:
        (row,) = await connection.fetch(_REPLAY, job, CHANNEL)
    replayed: int = row[0]
    return replayed
