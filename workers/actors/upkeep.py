"""Forgetting what nobody will ask for again, a bounded piece at a time."""

from typing import ClassVar

from api.kernel.messages import Message
from api.kernel.transactions import current
from workers.actor import handles

#: Rows of one piece; a job that deleted millions would hold locks for minutes.
PIECE = 5_000


class ForgetFinishedJobs(Message, frozen=True):
    """Delete done jobs, and dead ones that nobody replayed."""

    actor: ClassVar[str] = "upkeep.forget_finished_jobs"

    done_after_hours: int = 24
    dead_after_days: int = 30


class ForgetIdempotencyKeys(Message, frozen=True):
    """Delete idempotency keys that no client will repeat."""

    actor: ClassVar[str] = "upkeep.forget_idempotency_keys"

    after_hours: int = 24


_FORGET_JOBS = """
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs
    WHERE state = $1 AND finished_at < now() - make_interval(hours => $2)
    ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
"""

_FORGET_KEYS = """
DELETE FROM idempotency_keys WHERE (organization_id, route, key) IN (
    SELECT organization_id, route, key FROM idempotency_keys
    WHERE created_at < now() - make_interval(hours => $1)
    ORDER BY created_at LIMIT $2
)
"""


@handles(ForgetFinishedJobs, max_attempts=3)
async def forget_finished_jobs(message: ForgetFinishedJobs) -> None:
    """Delete one piece of each kind; the schedule comes round again."""
    connection = current()
    await connection.execute(_FORGET_JOBS, "done", message.done_after_hours, PIECE)
    await connection.execute(_FORGET_JOBS, "dead", message.dead_after_days * 24, PIECE)


@handles(ForgetIdempotencyKeys, max_attempts=3)
async def forget_idempotency_keys(message: ForgetIdempotencyKeys) -> None:
    """Delete one piece."""
    await current().execute(_FORGET_KEYS, message.after_hours, PIECE)
