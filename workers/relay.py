"""The relay: from the outbox in Postgres to the broker. Any number may run."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from dramatiq.errors import ConnectionClosed

from api.kernel.logs import logger
from workers import following, publications
from workers.backoff import Backoff
from workers.bell import Bell
from workers.broker import hint
from workers.passing import PASSING
from workers.publications import Publication
from workers.wakeful import WakefulBroker

log = logger(__name__)

BATCH = 500
#: A due row that its putter still holds is skipped; do not spin until it commits.
LEAST_PAUSE_SECONDS = 0.02


class Relay:
    """Publishes due jobs as they are committed, or as their time comes."""

    def __init__(self, broker: WakefulBroker, *, poll_seconds: float) -> None:
        self.broker = broker
        self.poll_seconds = poll_seconds
        self.bell = Bell()

    async def publish_for_ever(self) -> None:
        """Publish until there is nothing due, then wait for the bell or the clock."""
        backoff = Backoff(0.05, 1.0)
        while True:
            try:
                await self._reach_broker(backoff)
                full = await self.publish_due() == BATCH
                pause = 0.0 if full else await self.pause_seconds()
                backoff.reset()
            except PASSING as error:
                pause = backoff.next_seconds()
                log.warning("relay waits", error=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
            else:
                if pause:
                    await self.bell.wait(pause)

    async def publish_due(self) -> int:
        """Publish one batch of due jobs; how many. Puts back what Redis refused."""
        batch = await publications.take_due(BATCH)
        if not batch:
            return 0
        began = time.time_ns()
        try:
            await self.tell(batch)
        except ConnectionClosed:
            await publications.put_back(batch)
            raise
        following.note_published(batch, began=began)
        return len(batch)

    async def tell(self, batch: Sequence[Publication], *, again: bool = False) -> int:
        """Tell the broker; how many it had not heard of. Raises ConnectionClosed."""
        queues = defaultdict(list)
        for one in batch:
            queues[one.queue].append(hint(one.id, one.fence, one.actor, one.queue))
        pushed = 0
        for queue, messages in queues.items():
            pushed += await asyncio.to_thread(
                self.broker.publish, queue, messages, again=again
            )
        return pushed

    async def _reach_broker(self, backoff: Backoff) -> None:
        """After a failure ask for Redis first, or rows would be marked for nothing."""
        if backoff.failures:
            await asyncio.to_thread(self.broker.ping)

    async def pause_seconds(self) -> float:
        """How long nothing will be due, at most the poll's length."""
        due = await publications.next_due_seconds()
        if due is None:
            return self.poll_seconds
        return min(max(due, LEAST_PAUSE_SECONDS), self.poll_seconds)


async def repeat(
    what: Callable[[], Awaitable[None]], pause_seconds: Callable[[], float]
) -> None:
    """Call for ever with pauses; failures that pass are logged and cost one call."""
    while True:
        await asyncio.sleep(pause_seconds())
        try:
            await what()
        except PASSING as error:
            log.warning("skipped", what=what.__name__, error=type(error).__name__)
