"""Deletion of expired rows in bounded batches: finished jobs and idempotency keys."""

from typing import ClassVar

from api.kernel.idempotency import KEPT_HOURS
from api.kernel.messages import Message
from api.kernel.transactions import current

#: Rows deleted by one job; a larger batch would hold its locks for too long.
BATCH = 5_000

_DELETE_JOBS = """
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs
    WHERE state = $1 AND finished_at < now() - make_interval(hours => $2)
    ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
"""

_DELETE_KEYS = """
DELETE FROM idempotency_keys WHERE (organization_id, route, key) IN (
    SELECT organization_id, route, key FROM idempotency_keys
    WHERE created_at < now() - make_interval(hours => $1)
    ORDER BY created_at LIMIT $2
)
"""


class ForgetFinishedJobs(Message, frozen=True):
    """Delete a batch of old done jobs, and one of old dead jobs."""

    actor: ClassVar[str] = "maintenance.forget_finished_jobs"

    done_after_hours: int = 24
    dead_after_days: int = 30


class ForgetIdempotencyKeys(Message, frozen=True):
    """Delete a batch of idempotency keys that have expired."""

    actor: ClassVar[str] = "maintenance.forget_idempotency_keys"

    after_hours: int = KEPT_HOURS


async def forget_finished_jobs(done_after_hours: int, dead_after_hours: int) -> None:
    """Delete a batch of old jobs of each final state."""
    connection = current()
    await connection.execute(_DELETE_JOBS, "done", done_after_hours, BATCH)
    await connection.execute(_DELETE_JOBS, "dead", dead_after_hours, BATCH)


async def forget_idempotency_keys(after_hours: int) -> None:
    """Delete a batch of idempotency keys of that age."""
    await current().execute(_DELETE_KEYS, after_hours, BATCH)
