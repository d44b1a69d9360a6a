"""The broker: Dramatiq's key layout in Redis, with blocking consumers.

Postgres owns the jobs and Redis carries their ids. So publishing is idempotent and an
acknowledgement may be late or lost. Redis neither delays nor dead-letters a message.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dramatiq.worker
import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware

from workers.delivery.connections import broker_errors, connect
from workers.delivery.consumer import BlockingConsumer
from workers.delivery.in_flight import InFlight

#: Consumers send a heartbeat every second. A worker that is silent for longer counts as
#: dead, and its messages are requeued.
HEARTBEAT_TIMEOUT_SECONDS = 10
PREFETCH = 200
#: Queues of long jobs: a worker that prefetched 200 of them would leave others idle.
LONG_JOB_PREFETCH = {"long": 2}
#: Bounds the wake-up list, not the throughput: a consumer needs one token to wake.
WAKE_LIMIT = 64
#: Messages in one call to Redis.
PUBLISH_BATCH = 500

# Dramatiq waits 3 s after a broken connection and 5 s after a failed acknowledgement.
# These shorter waits reach a recovered broker sooner.
dramatiq.worker.CONSUMER_RESTART_DELAY_SECS = 0.3
dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS = 1

#: The hooks of Dramatiq's middleware that are called for each message.
MESSAGE_HOOKS = tuple(
    f"{when}_{what}"
    for what in ("process_message", "skip_message", "ack", "nack")
    for when in ("before", "after")
    if hasattr(Middleware, f"{when}_{what}")
)

_LUA = Path(__file__).parent / "lua"


class BlockingRedisBroker(RedisBroker):
    """A RedisBroker whose consumers block for work and whose messages may be lost."""

    #: Whether a middleware overrides one of MESSAGE_HOOKS. None does by default, and
    #: then the executor calls no hook.
    has_message_hooks = False

    def __init__(
        self, client: redis.Redis, *, middleware: Iterable[Middleware] = ()
    ) -> None:
        # None of Dramatiq's default middleware: it does in Redis what Postgres does
        # here. Retries, Callbacks and Pipelines enqueue copies that a wipe loses,
        # AgeLimit drops late jobs, TimeLimit and ShutdownNotifications need threads.
        super().__init__(  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
            client=client,
            middleware=list(middleware),
            heartbeat_timeout=HEARTBEAT_TIMEOUT_SECONDS * 1000,
            maintenance_chance=0,  # BlockingConsumer maintains by the clock
        )
        self.draining = threading.Event()
        self._in_flight: dict[str, InFlight] = defaultdict(InFlight)
        self._finished: dict[str, deque[str]] = defaultdict(deque)
        self._flushing: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._publish = client.register_script((_LUA / "publish.lua").read_text())
        self._fetch = client.register_script((_LUA / "fetch.lua").read_text())
        self._acknowledge = client.register_script(
            (_LUA / "acknowledge.lua").read_text()
        )

    def add_middleware(
        self,
        middleware: Middleware,
        *,
        before: type[Middleware] | None = None,
        after: type[Middleware] | None = None,
    ) -> None:
        """Add a middleware; its hooks run on the event loop and must not block it."""
        super().add_middleware(middleware, before=before, after=after)
        self.has_message_hooks |= any(
            getattr(type(middleware), hook) is not getattr(Middleware, hook)
            for hook in MESSAGE_HOOKS
        )

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without a delay queue: `run_at` in Postgres delays jobs."""
        if queue_name in self.queues:
            return
        self.emit_before("declare_queue", queue_name)
        self.queues.add(queue_name)
        self.emit_after("declare_queue", queue_name)

    def consume(
        self, queue_name: str, prefetch: int = 1, timeout: int = 5000
    ) -> BlockingConsumer:
        """Return a consumer; Dramatiq's prefetch, made for its threads, is ignored."""
        del prefetch
        limit = LONG_JOB_PREFETCH.get(queue_name, PREFETCH)
        return BlockingConsumer(self, queue_name, limit, timeout)

    def enqueue(
        self, message: Message[Any], *, delay: int | None = None
    ) -> Message[Any]:
        """Publish one message. Raises ValueError for a delay: Redis may lose it."""
        if delay is not None:
            raise ValueError("delays belong to run_at in Postgres, not to the broker")
        message = message.copy(options={"redis_message_id": message.message_id})
        self.emit_before("enqueue", message, delay)
        self.publish(message.queue_name, [message])
        self.emit_after("enqueue", message, delay)
        return message

    def publish(
        self, queue_name: str, messages: Sequence[Message[Any]], *, again: bool = False
    ) -> int:
        """Push the messages that Redis does not have yet and return their number.

        `again` pushes all of them. Raises ConnectionClosed; Redis may then have taken
        the messages or not, and publishing them once more is harmless.
        """
        pushed = 0
        for start in range(0, len(messages), PUBLISH_BATCH):
            pairs: list[str | bytes] = []
            for message in messages[start : start + PUBLISH_BATCH]:
                pairs += [message.options["redis_message_id"], message.encode()]
            with broker_errors(self.client):
                pushed += int(
                    self._publish(
                        keys=[self.namespace],
                        args=[queue_name, int(again), WAKE_LIMIT, *pairs],
                    )
                )
        return pushed

    def fetch(self, queue_name: str, limit: int) -> list[bytes]:
        """Take up to `limit` message bodies and assign their ids to this process."""
        bodies: list[bytes] = self._fetch(
            keys=[self.namespace],
            args=[self.broker_id, queue_name, limit, int(time.time() * 1000)],
        )
        return bodies

    def wait_for_work(self, queue_name: str, timeout_seconds: float) -> bool:
        """Block until a message is published to the queue; False after the timeout."""
        key = f"{self.namespace}:{queue_name}.wake"
        return self.client.blpop([key], timeout=timeout_seconds) is not None

    def acknowledge(self, queue_name: str, message_id: str) -> None:
        """Acknowledge a message, together with those that other threads finished.

        A message that Redis does not take waits for the next acknowledgement. If it is
        lost for good, it costs one claim that finds no job.
        """
        self.finish(queue_name, message_id)
        self.flush_acks()

    def finish(self, queue_name: str, message_id: str) -> None:
        """Free the capacity of a message; the next `flush_acks` acknowledges it."""
        self.in_flight(queue_name).remove(message_id)
        self._finished[queue_name].append(message_id)

    def flush_acks(self) -> None:
        """Acknowledge the finished messages, unless another thread is doing so."""
        for queue_name, finished in list(self._finished.items()):
            self._flush_queue(queue_name, finished)

    def requeue(self, queue_name: str, message_ids: Iterable[str]) -> None:
        """Move ids assigned to this process back to their queue."""
        ids = list(message_ids)
        for start in range(0, len(ids), PUBLISH_BATCH):
            self.do_requeue(queue_name, *ids[start : start + PUBLISH_BATCH])

    def requeue_lost(self, queue_name: str) -> None:
        """Requeue ids that Redis assigns to this process but that are not in flight.

        They were lost when a connection broke between a fetch and its response.
        Dramatiq leaves them with a live worker until its process ends.
        """
        assigned: set[bytes] = self.client.smembers(  # type: ignore[assignment]  # this client never decodes
            f"{self.namespace}:__acks__.{self.broker_id}.{queue_name}"
        )
        ids = {message_id.decode() for message_id in assigned}
        self.requeue(queue_name, ids - self.in_flight(queue_name).ids())

    def maintain(self, queue_name: str) -> None:
        """Requeue the messages of workers without a heartbeat.

        Dramatiq's own script does it: it runs the maintenance when it is asked for the
        queue's size with the maintenance flag set.
        """
        self.scripts["dispatch"](
            keys=[self.namespace],
            args=[
                "qsize",
                int(time.time() * 1000),
                queue_name,
                self.broker_id,
                self.heartbeat_timeout,
                self.dead_message_ttl,
                1,
                PUBLISH_BATCH,
            ],
        )

    def close(self) -> None:
        """Send the remaining acknowledgements if Redis takes them, then disconnect."""
        for queue_name, finished in self._finished.items():
            if finished:
                self._acknowledge_batch(queue_name, finished)
        self.client.close()

    def ping(self) -> None:
        """Return when Redis answers. Raises ConnectionClosed when it does not."""
        with broker_errors(self.client):
            self.client.ping()

    def in_flight(self, queue_name: str) -> InFlight:
        """Return the in-flight ids of a queue in this process."""
        return self._in_flight[queue_name]

    def _flush_queue(self, queue_name: str, finished: deque[str]) -> None:
        """Send all acknowledgements in the first thread that holds the lock."""
        lock = self._flushing[queue_name]
        while finished and lock.acquire(blocking=False):
            try:
                sent = self._acknowledge_batch(queue_name, finished)
            finally:
                lock.release()
            if not sent:
                return

    def _acknowledge_batch(self, queue_name: str, finished: deque[str]) -> bool:
        ids = [finished.popleft() for _ in range(min(PUBLISH_BATCH, len(finished)))]
        try:
            self._acknowledge(
                keys=[self.namespace], args=[self.broker_id, queue_name, *ids]
            )
        except redis.RedisError:
            finished.extendleft(reversed(ids))
            return False
        return True


def open_broker(
    url: str, *, middleware: Iterable[Middleware] = ()
) -> BlockingRedisBroker:
    """Return the broker at this Redis; it connects on first use."""
    return BlockingRedisBroker(connect(url), middleware=middleware)
