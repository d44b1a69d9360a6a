"""The sweep: recovers jobs whose worker died and messages that Redis lost."""

from api.kernel import database
from api.kernel.logs import logger
from workers.delivery import publications
from workers.delivery.relay import Relay

log = logger(__name__)

#: After this long without a claim a published job is published again if Redis lost it.
OVERDUE_SECONDS = 5.0
#: After this long it is published again even if Redis still has it.
STRANDED_SECONDS = 60.0
#: Lost leases after which a job counts as poison and becomes a dead letter. A failover
#: of the database costs every running job one lease, so the limit must allow several.
POISON_LEASES = 5
PAGE = 1000
STRANDED_LIMIT = 500

_EXPIRE = """
WITH expired AS (
    SELECT id FROM jobs WHERE state = 'running' AND lease_until < now()
    ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET lost = lost + 1, lease_until = NULL, published_at = NULL,
    error = format('lease lost by %s (%s of %s)', worker, lost + 1, $2::int),
    state = CASE WHEN lost + 1 < $2 THEN 'waiting' ELSE 'dead' END,
    finished_at = CASE WHEN lost + 1 < $2 THEN NULL ELSE now() END
WHERE id IN (SELECT id FROM expired)
RETURNING id, actor, worker, state
"""


class Sweep:
    """Runs every few seconds in each relay; row locks divide the work among them."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay

    async def run(self) -> None:
        """Expire leases, then publish again what was published and never claimed."""
        await self.expire_leases()
        await self.publish_overdue()
        await self.publish_stranded()

    async def expire_leases(self) -> int:
        """Take jobs from workers that stopped renewing, and return their number.

        A job that lost too many leases becomes a dead letter.
        """
        async with database.handle().primary.acquire() as connection:
            rows = await connection.fetch(_EXPIRE, PAGE, POISON_LEASES)
        for row in rows:
            # A poison job is logged as an error: it is a defect of the handler.
            write = log.error if row["state"] == "dead" else log.warning
            write(
                "lease_expired",
                job=str(row["id"]),
                actor=row["actor"],
                worker=row["worker"],
                state=row["state"],
            )
        if rows:
            self.relay.listener.notify()
        return len(rows)

    async def publish_overdue(self) -> int:
        """Publish overdue jobs that Redis lost, and return their number.

        The next page is read only if Redis had lost a job of this one: a long queue is
        not a loss.
        """
        total = 0
        page = await publications.overdue(OVERDUE_SECONDS, None, PAGE)
        while page:
            pushed = await self.relay.publish(page)
            total += pushed
            if not pushed or len(page) < PAGE:
                break
            page = await publications.overdue(OVERDUE_SECONDS, page[-1], PAGE)
        if total:
            log.warning("lost_jobs_published", jobs=total)
        return total

    async def publish_stranded(self) -> int:
        """Publish again a bounded number of jobs that no worker claimed for long."""
        batch = await publications.take_stranded(STRANDED_SECONDS, STRANDED_LIMIT)
        if batch:
            await self.relay.publish(batch, again=True)
            log.warning("stranded_jobs_published", jobs=len(batch))
        return len(batch)
