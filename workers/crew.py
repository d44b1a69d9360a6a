"""Running hints on the event loop, so many at a time, without a thread for each.

Dramatiq's worker threads would only wait for the loop, and waking one up for every job
costs more than the rest of a delivery. So a worker has none of them: its consumers put
messages here, and what was not started is taken from here when it stops.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Protocol
from uuid import UUID

from dramatiq import Worker
from dramatiq.broker import MessageProxy

from api.kernel.logs import logger
from workers.wakeful import WakefulBroker

log = logger(__name__)

Run = Callable[[UUID], Awaitable[None]]


class Item(Protocol):
    """What Dramatiq's consumers put into their worker's queue."""

    @property
    def message(self) -> MessageProxy: ...


class Crew:
    """The queue of one Dramatiq worker, and everything that its threads would do."""

    def __init__(self, broker: WakefulBroker, run: Run, *, size: int) -> None:
        self.broker = broker
        self.size = size
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Item] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._called = False
        self._leaving = False
        self._telling: asyncio.Task[None] | None = None
        self._more = False

    def put(self, item: Item) -> None:
        """Take a message from a consumer's thread; wakes the loop once for many."""
        self._waiting.append(item)
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._answer_call)

    def get_nowait(self) -> Item:
        """Give back what was not started; raises Empty. Only Dramatiq's stop asks."""
        try:
            return self._waiting.popleft()
        except IndexError:
            raise Empty from None

    async def finish(self, seconds: float) -> bool:
        """Start nothing more and wait for what runs; False when the time is up.

        What has run is acknowledged then, so that nobody asks a broker that is closed.
        """
        self._leaving = True
        until = self._loop.time() + seconds
        while under_way := self._under_way():
            left = until - self._loop.time()
            if left <= 0:
                break
            await asyncio.wait(under_way, timeout=left)
        return not self._running

    def _under_way(self) -> set[asyncio.Task[None]]:
        return self._running | ({self._telling} if self._telling else set())

    def _answer_call(self) -> None:
        # First, so that whoever puts after our last look calls again.
        self._called = False
        self._start()

    def _start(self) -> None:
        while self._waiting and len(self._running) < self.size and not self._leaving:
            message = self._waiting.popleft().message
            task = self._loop.create_task(self._handle(message))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _handle(self, message: MessageProxy) -> None:
        """Run one job; whatever becomes of it, its hint has done its service."""
        try:
            await self._run(UUID(message.args[0]))
        except Exception:
            log.exception("job was dropped", job=message.message_id)
        self.broker.finish(message.queue_name, message.options["redis_message_id"])
        self._tell()

    def _tell(self) -> None:
        """Acknowledge in a thread, together with all that gathered meanwhile."""
        self._more = True
        if self._telling is None:
            self._telling = self._loop.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        try:
            while self._more:
                self._more = False
                await self._loop.run_in_executor(None, self.broker.send_finished)
        finally:
            self._telling = None


def employ(crew: Crew) -> Worker:
    """A Dramatiq worker without threads of its own, whose consumers serve the crew."""
    worker = Worker(crew.broker, worker_threads=0)
    worker.work_queue = crew  # type: ignore[assignment]  # all of a queue that is used
    return worker
