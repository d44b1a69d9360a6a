"""Dead letters: jobs that ended without their effect; how to list and replay them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from api.kernel import database
from api.kernel.outbox import CHANNEL

_LIST = """
SELECT id, actor, queue, organization_id, attempt, lost, error, request_id, finished_at
FROM jobs WHERE state = 'dead' ORDER BY finished_at DESC LIMIT $1
"""

_REPLAY = """
WITH replayed AS (
    UPDATE jobs SET state = 'waiting', attempt = 0, lost = 0, run_at = now(),
        published_at = NULL, finished_at = NULL
    WHERE state = 'dead' AND ($1::uuid IS NULL OR id = $1) RETURNING queue
), notified AS (
    SELECT pg_notify($2, queue) FROM (SELECT DISTINCT queue FROM replayed) AS queues
)
SELECT (SELECT count(*) FROM replayed), (SELECT count(*) FROM notified)
"""


class DeadLetter(Struct, frozen=True):
    """A dead job as an operator sees it; its payload stays in the database."""

    id: UUID
    actor: str
    queue: str
    organization_id: UUID | None
    attempt: int
    lost: int
    error: str | None
    request_id: str | None
    finished_at: datetime


async def list_dead(limit: int) -> list[DeadLetter]:
    """Return the dead letters, the latest first."""
    async with database.handle().primary.acquire() as connection:
        rows = await connection.fetch(_LIST, limit)
    return [DeadLetter(**row) for row in rows]


async def replay(job: UUID | None) -> int:
    """Restart a dead job, or all of them for None, and return their number.

    A repeated call changes nothing: a replayed job is no longer dead, and its fence
    still separates the attempts.
    """
    async with database.handle().primary.acquire() as connection:
        (row,) = await connection.fetch(_REPLAY, job, CHANNEL)
    replayed: int = row[0]
    return replayed
