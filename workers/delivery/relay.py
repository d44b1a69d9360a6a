"""The relay: publishes jobs from the outbox in Postgres to the broker."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

from dramatiq.errors import ConnectionClosed

from api.kernel.logs import logger
from workers import job_tracing
from workers.backoff import TRANSIENT_ERRORS, Backoff
from workers.delivery import publications
from workers.delivery.broker import PUBLISH_BATCH, BlockingRedisBroker
from workers.delivery.listener import JobListener
from workers.delivery.publications import Publication, notification

log = logger(__name__)

#: A due row that another transaction still locks is skipped; wait before looking again.
LEAST_PAUSE_SECONDS = 0.02


class Relay:
    """Publishes jobs when they are committed or become due. Several relays may run."""

    def __init__(self, broker: BlockingRedisBroker, *, poll_seconds: float) -> None:
        self.broker = broker
        self.poll_seconds = poll_seconds
        self.listener = JobListener()

    async def publish_forever(self) -> None:
        """Publish all due jobs, then wait for a NOTIFY, a due time or the poll."""
        backoff = Backoff(0.05, 1.0)
        while True:
            try:
                await self._reach_broker(backoff)
                full = await self.publish_due() == PUBLISH_BATCH
                pause = 0.0 if full else await self.pause_seconds()
                backoff.reset()
            except TRANSIENT_ERRORS as error:
                pause = backoff.next_seconds()
                log.warning("relay_waits", error=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
            else:
                if pause:
                    await self.listener.wait(pause)

    async def publish_due(self) -> int:
        """Publish one batch of due jobs and return their number.

        Jobs that Redis refused are unmarked, and ConnectionClosed is raised.
        """
        batch = await publications.take_due(PUBLISH_BATCH)
        if not batch:
            return 0
        began = time.time_ns()
        try:
            await self.publish(batch)
        except ConnectionClosed:
            await publications.unmark(batch)
            raise
        job_tracing.record_published(batch, began=began)
        return len(batch)

    async def publish(
        self, batch: Sequence[Publication], *, again: bool = False
    ) -> int:
        """Publish jobs and return how many were new to Redis. Raises ConnectionClosed.

        `again` also pushes the ids that Redis already has.
        """
        queues = defaultdict(list)
        for one in batch:
            message = notification(one.id, one.fence, one.actor, one.queue)
            queues[one.queue].append(message)
        pushed = 0
        for queue, messages in queues.items():
            pushed += await asyncio.to_thread(
                self.broker.publish, queue, messages, again=again
            )
        return pushed

    async def pause_seconds(self) -> float:
        """Return the seconds until the next job is due, at most the poll interval."""
        due = await publications.next_due_seconds()
        if due is None:
            return self.poll_seconds
        return min(max(due, LEAST_PAUSE_SECONDS), self.poll_seconds)

    async def _reach_broker(self, backoff: Backoff) -> None:
        """After a failure ping Redis first; else rows would be marked for nothing."""
        if backoff.failures:
            await asyncio.to_thread(self.broker.ping)
