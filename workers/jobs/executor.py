"""The executor: runs a bounded number of jobs at once on the event loop.

It replaces the threads of a Dramatiq worker. They would only wait for the loop, and
waking one for every job costs more than the rest of a delivery. Dramatiq's consumer
threads put their messages here, and the worker takes back unstarted ones when it stops.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any, Protocol

from dramatiq import Worker
from dramatiq.broker import MessageProxy
from dramatiq.middleware import SkipMessage

from api.kernel.logs import logger
from workers.delivery.broker import BlockingRedisBroker

log = logger(__name__)

Coroutine = Callable[..., Awaitable[Any]]


class Item(Protocol):
    """An item that Dramatiq's consumers put into their worker's queue."""

    @property
    def message(self) -> MessageProxy: ...


class JobExecutor:
    """The work queue of one Dramatiq worker, which also runs what is put into it."""

    def __init__(self, broker: BlockingRedisBroker, *, size: int) -> None:
        self.broker = broker
        self.size = size
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Item] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._coroutines: dict[str, Coroutine] = {}
        self._start_scheduled = False
        self._stopping = False
        self._flushing: asyncio.Task[None] | None = None
        self._acks_finished = False

    def put(self, item: Item) -> None:
        """Take a message from a consumer's thread; wake the loop once for many."""
        self._waiting.append(item)
        if not self._start_scheduled:
            self._start_scheduled = True
            self._loop.call_soon_threadsafe(self._start_scheduled_jobs)

    def get_nowait(self) -> Item:
        """Return an unstarted message. Raises Empty. Called only by `Worker.stop`."""
        try:
            return self._waiting.popleft()
        except IndexError:
            raise Empty from None

    async def finish(self, seconds: float) -> bool:
        """Start nothing more and wait for the running jobs; False after the timeout.

        Their acknowledgements are sent as well, before the broker is closed.
        """
        self._stopping = True
        until = self._loop.time() + seconds
        while unfinished := self._unfinished():
            left = until - self._loop.time()
            if left <= 0:
                break
            await asyncio.wait(unfinished, timeout=left)
        return not self._running

    def _unfinished(self) -> set[asyncio.Task[None]]:
        return self._running | ({self._flushing} if self._flushing else set())

    def _start_scheduled_jobs(self) -> None:
        # Reset first: a message that is put after the loop below schedules a new call.
        self._start_scheduled = False
        self._start_jobs()

    def _start_jobs(self) -> None:
        while self._waiting and len(self._running) < self.size and not self._stopping:
            message = self._waiting.popleft().message
            task = self._loop.create_task(self._process(message))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start_jobs()

    async def _process(self, message: MessageProxy) -> None:
        """Run the actor of a message, then acknowledge it, however the run ended."""
        try:
            if self.broker.has_message_hooks:
                await self._run_with_hooks(message)
            else:
                await self._run(message)
        except Exception:
            log.exception("message_dropped", job=message.message_id)
        self._acknowledge(message)

    async def _run(self, message: MessageProxy) -> Any:  # noqa: ANN401 - Dramatiq's result
        """Await the coroutine of the message's actor. Raises ActorNotFound."""
        run = self._coroutines.get(message.actor_name)
        if run is None:
            # `Actor.fn` blocks a thread until the coroutine ends; unwrap it once.
            run = inspect.unwrap(self.broker.get_actor(message.actor_name).fn)
            self._coroutines[message.actor_name] = run
        return await run(*message.args, **message.kwargs)

    async def _run_with_hooks(self, message: MessageProxy) -> None:
        """Call the middleware around a message, as Dramatiq's WorkerThread does."""
        try:
            self.broker.emit_before("process_message", message)
            result = None if message.failed else await self._run(message)
            self.broker.emit_after("process_message", message, result=result)
        except SkipMessage as skip:
            if message.failed:
                message.stuff_exception(skip)
            log.warning("message_skipped", job=message.message_id)
            self.broker.emit_after("skip_message", message)
        except BaseException as error:
            message.stuff_exception(error)
            self.broker.emit_after("process_message", message, exception=error)
            raise
        finally:
            message.clear_exception()

    def _acknowledge(self, message: MessageProxy) -> None:
        """Finish a message; a thread acknowledges all finished ones together."""
        signal = "nack" if message.failed else "ack"
        if self.broker.has_message_hooks:
            self.broker.emit_before(signal, message)
        self.broker.finish(message.queue_name, message.options["redis_message_id"])
        if self.broker.has_message_hooks:
            self.broker.emit_after(signal, message)
        self._acks_finished = True
        if self._flushing is None:
            self._flushing = self._loop.create_task(self._flush_acks())

    async def _flush_acks(self) -> None:
        try:
            while self._acks_finished:
                self._acks_finished = False
                await self._loop.run_in_executor(None, self.broker.flush_acks)
        finally:
            self._flushing = None


def make_worker(executor: JobExecutor) -> Worker:
    """Return a Dramatiq worker without threads, whose consumers feed the executor."""
    worker = Worker(executor.broker, worker_threads=0)
    worker.work_queue = executor  # type: ignore[assignment]  # only put and get_nowait are used
    return worker
