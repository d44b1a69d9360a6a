"""The sweep: whatever died, froze or was forgotten is put right within seconds."""

from api.kernel import database
from api.kernel.logs import logger
from workers import publications
from workers.relay import Relay

log = logger(__name__)

#: Published this long ago and unclaimed: ask Redis whether it still knows the job.
OVERDUE_SECONDS = 5.0
#: Redis says that it knows the job, but nobody comes: publish it again regardless.
STRANDED_SECONDS = 60.0
#: Leases that a job may lose before it counts as poison. A failover of the database
#: costs every running job one, so this is not a matter of one bad day.
POISON_LEASES = 5
PAGE = 1000
AGAIN_LIMIT = 500

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
    """Run every few seconds by each relay; they share the work without talking."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay

    async def run(self) -> None:
        """Expire leases, then look after what was published and never claimed."""
        await self.expire_leases()
        await self.remind_broker()
        await self.publish_stranded()

    async def expire_leases(self) -> int:
        """Take jobs from workers that stopped renewing; poison goes to the dead."""
        async with database.handle().primary.borrow() as connection:
            rows = await connection.fetch(_EXPIRE, PAGE, POISON_LEASES)
        for row in rows:
            # A job that takes its workers along is an error of ours.
            say = log.error if row["state"] == "dead" else log.warning
            say(
                "lease expired",
                job=str(row["id"]),
                actor=row["actor"],
                worker=row["worker"],
                state=row["state"],
            )
        if rows:
            self.relay.bell.ring()
        return len(rows)

    async def remind_broker(self) -> int:
        """Publish overdue jobs that Redis lost; how many.

        Goes on from page to page only while Redis knows nothing of them: a long queue
        is not a loss.
        """
        reminded = 0
        page = await publications.overdue(OVERDUE_SECONDS, None, PAGE)
        while page:
            pushed = await self.relay.tell(page)
            reminded += pushed
            if not pushed or len(page) < PAGE:
                break
            page = await publications.overdue(OVERDUE_SECONDS, page[-1], PAGE)
        if reminded:
            log.warning("broker had forgotten jobs", jobs=reminded)
        return reminded

    async def publish_stranded(self) -> int:
        """Publish anew what no worker claimed for long, a bounded number at a time."""
        batch = await publications.take_stranded(STRANDED_SECONDS, AGAIN_LIMIT)
        if batch:
            await self.relay.tell(batch, again=True)
            log.warning("stranded jobs published again", jobs=len(batch))
        return len(batch)
