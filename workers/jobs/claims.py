"""The statements that a worker runs on a job row; each names the fence of its claim.

All times are the database's. A statement that changes no row means that the job is no
longer this worker's: it is done, dead, or claimed by another worker.
"""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from api.kernel import database
from api.kernel.outbox import CHANNEL
from api.kernel.transactions import current

_TAKE = """
UPDATE jobs SET state = 'running', fence = fence + 1, attempt = attempt + 1,
    worker = $2, lease_until = now() + make_interval(secs => $3), dedupe_key = NULL,
    published_at = coalesce(published_at, now())
WHERE id IN (
    SELECT id FROM jobs
    WHERE id = ANY($1::uuid[]) AND state = 'waiting' AND run_at <= now()
    FOR UPDATE {skip}
)
RETURNING id, actor, queue, organization_id, payload::text AS payload, attempt, fence,
    request_id, traceparent,
    extract(epoch FROM clock_timestamp() - run_at)::float8 AS waited_seconds
"""
_TAKE_UNLOCKED = _TAKE.format(skip="SKIP LOCKED")
_TAKE_LOCKED = _TAKE.format(skip="")

_COMPLETE = """
UPDATE jobs SET state = 'done', lease_until = NULL, error = NULL, finished_at = now()
WHERE id = $1 AND fence = $2 AND state = 'running'
"""

_RETRY = """
UPDATE jobs SET state = 'waiting', lease_until = NULL, published_at = NULL,
    error = $3, run_at = now() + make_interval(secs => $4)
WHERE id = $1 AND fence = $2 AND state = 'running'
"""

_DEAD_LETTER = """
UPDATE jobs SET state = 'dead', lease_until = NULL, error = $3, finished_at = now()
WHERE id = $1 AND fence = $2 AND state = 'running'
"""

_GIVE_BACK = """
WITH given_back AS (
    UPDATE jobs SET state = 'waiting', lease_until = NULL, published_at = NULL,
        attempt = attempt - 1
    WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING queue
)
SELECT pg_notify($3, queue) FROM given_back
"""

_RENEW = """
UPDATE jobs SET lease_until = now() + make_interval(secs => $3)
FROM unnest($1::uuid[], $2::bigint[]) AS ours (id, fence)
WHERE jobs.id = ours.id AND jobs.fence = ours.fence AND jobs.state = 'running'
RETURNING jobs.id
"""


class Claim(Struct, frozen=True):
    """A job that this worker may run while the row has the same fence."""

    id: UUID
    actor: str
    queue: str
    organization_id: UUID | None
    payload: str
    attempt: int
    fence: int
    request_id: str | None
    traceparent: str | None
    waited_seconds: float


class LeaseLost(Exception):
    """The job was taken from this worker, so its effect must be rolled back."""

    def __init__(self, job: UUID) -> None:
        super().__init__(f"the lease of job {job} was lost")
        self.job = job


async def take(jobs: Sequence[UUID], worker: str, lease_seconds: float) -> list[Claim]:
    """Claim the due jobs among `jobs` in one statement.

    A locked row is claimed in a statement of its own, which waits for the lock: the
    transaction that put the job is about to commit. A statement that waited while it
    holds other rows could deadlock with that transaction.
    """
    claims = await _claim(_TAKE_UNLOCKED, jobs, worker, lease_seconds)
    missing = set(jobs).difference(claim.id for claim in claims)
    for job in missing:
        claims += await _claim(_TAKE_LOCKED, [job], worker, lease_seconds)
    return claims


async def complete(claim: Claim) -> None:
    """Finish the job in the transaction of its effect. LeaseLost rolls back both."""
    status: str = await current().execute(_COMPLETE, claim.id, claim.fence)
    if status != "UPDATE 1":
        raise LeaseLost(claim.id)


async def retry(claim: Claim, error: str, delay_seconds: float) -> None:
    """Let the job wait for another attempt."""
    await _fetch(_RETRY, claim.id, claim.fence, error, delay_seconds)


async def dead_letter(claim: Claim, error: str) -> None:
    """End the job without its effect; an operator may replay it."""
    await _fetch(_DEAD_LETTER, claim.id, claim.fence, error)


async def give_back(claim: Claim) -> None:
    """Return a job that this worker's shutdown interrupted; it costs no attempt."""
    await _fetch(_GIVE_BACK, claim.id, claim.fence, CHANNEL)


async def renew(claims: Sequence[Claim], lease_seconds: float) -> set[UUID]:
    """Extend the leases in one statement; return the ids that are still claimed."""
    ids, fences = [one.id for one in claims], [one.fence for one in claims]
    return {row["id"] for row in await _fetch(_RENEW, ids, fences, lease_seconds)}


async def _claim(
    statement: str, jobs: Sequence[UUID], worker: str, lease_seconds: float
) -> list[Claim]:
    rows = await _fetch(statement, list(jobs), worker, lease_seconds)
    return [Claim(**row) for row in rows]


async def _fetch(statement: str, *arguments: object) -> list[Record]:
    """Run one statement as its own transaction: no BEGIN, one round trip.

    The jobs table is the workers' own: no tenant has to be bound to the connection.
    """
    async with database.handle().primary.acquire() as connection:
        rows: list[Record] = await connection.fetch(statement, *arguments)
        return rows
