"""The broker: Dramatiq's key layout, our delivery.

Postgres owns the jobs, Redis carries their ids. So publishing is idempotent, an
acknowledgement may be late or lost, and nothing is ever delayed or dead-lettered here.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from workers.connections import broker_errors
from workers.consumer import WakefulConsumer
from workers.held import Held

#: Consumers beat every second; a longer silence means dead, or too busy to be trusted.
HEARTBEAT_TIMEOUT_SECONDS = 10
PREFETCH = 200
#: Queues whose jobs last: a worker that hoarded 200 of them would idle the others.
LONG_JOB_PREFETCH = {"long": 2}
#: More tokens than this wake nobody new: it bounds the list, not the throughput.
WAKE_LIMIT = 64
BATCH = 500

_LUA = Path(__file__).parent / "lua"


class WakefulBroker(RedisBroker):
    """A RedisBroker whose consumers are woken up and whose hints can be lost."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
            client=client,
            middleware=[],
            heartbeat_timeout=HEARTBEAT_TIMEOUT_SECONDS * 1000,
            maintenance_chance=0,  # WakefulConsumer maintains by the clock
        )
        self.draining = threading.Event()
        self._held: dict[str, Held] = defaultdict(Held)
        self._finished: dict[str, deque[str]] = defaultdict(deque)
        self._flushing: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._publish = client.register_script((_LUA / "publish.lua").read_text())
        self._fetch = client.register_script((_LUA / "fetch.lua").read_text())
        self._acknowledge = client.register_script(
            (_LUA / "acknowledge.lua").read_text()
        )

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without its delay queue: `run_at` in Postgres delays jobs."""
        if queue_name in self.queues:
            return
        self.emit_before("declare_queue", queue_name)
        self.queues.add(queue_name)
        self.emit_after("declare_queue", queue_name)

    def consume(
        self, queue_name: str, prefetch: int = 1, timeout: int = 5000
    ) -> WakefulConsumer:
        """A consumer with our prefetch; Dramatiq's knows only the thread count."""
        del prefetch
        limit = LONG_JOB_PREFETCH.get(queue_name, PREFETCH)
        return WakefulConsumer(self, queue_name, limit, timeout)

    def enqueue(
        self, message: Message[Any], *, delay: int | None = None
    ) -> Message[Any]:
        """Publish one message; ValueError for a delay, which Redis would forget."""
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
        """Push messages that Redis does not hold yet in one trip; how many those were.

        `again` pushes all of them. Raises ConnectionClosed; whether Redis took them is
        then unknown, and publishing once more is harmless.
        """
        pushed = 0
        for start in range(0, len(messages), BATCH):
            pairs: list[str | bytes] = []
            for message in messages[start : start + BATCH]:
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
        """Take up to `limit` message bodies and book them on this process."""
        bodies: list[bytes] = self._fetch(
            keys=[self.namespace],
            args=[self.broker_id, queue_name, limit, int(time.time() * 1000)],
        )
        return bodies

    def wait_for_work(self, queue_name: str, timeout_seconds: float) -> bool:
        """Block until somebody publishes to the queue; False after the time-out."""
        key = f"{self.namespace}:{queue_name}.wake"
        return self.client.blpop([key], timeout=timeout_seconds) is not None

    def acknowledge(self, queue_name: str, message_id: str) -> None:
        """Forget a message, together with all that other threads finished meanwhile.

        What Redis does not take stays in line for the next acknowledgement; lost for
        good, it costs one claim that finds nothing.
        """
        self.finish(queue_name, message_id)
        self.send_finished()

    def finish(self, queue_name: str, message_id: str) -> None:
        """Make room for another message; Redis hears of this one with the next."""
        self.held(queue_name).remove(message_id)
        self._finished[queue_name].append(message_id)

    def send_finished(self) -> None:
        """Acknowledge what is finished, unless another thread is about to."""
        for queue_name, finished in list(self._finished.items()):
            self._send(queue_name, finished)

    def requeue(self, queue_name: str, message_ids: Iterable[str]) -> None:
        """Move ids booked on this process back to their queue."""
        ids = list(message_ids)
        for start in range(0, len(ids), BATCH):
            self.do_requeue(queue_name, *ids[start : start + BATCH])

    def settle(self, queue_name: str) -> None:
        """Requeue what Redis books on this process although nobody here has it.

        Dramatiq strands such ids on a live worker whenever a connection breaks between
        a fetch and its answer.
        """
        booked: set[bytes] = self.client.smembers(  # type: ignore[assignment]  # we never ask redis-py to decode
            f"{self.namespace}:__acks__.{self.broker_id}.{queue_name}"
        )
        ids = {message_id.decode() for message_id in booked}
        self.requeue(queue_name, ids - self.held(queue_name).ids())

    def maintain(self, queue_name: str) -> None:
        """Requeue what workers without a heartbeat held.

        Runs Dramatiq's own maintenance by asking its script for a size with the
        maintenance flag set.
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
                BATCH,
            ],
        )

    def close(self) -> None:
        """Send the acknowledgements still in line, if Redis takes them; hang up."""
        for queue_name, finished in self._finished.items():
            if finished:
                self._flush(queue_name, finished)
        self.client.close()

    def ping(self) -> None:
        """Return when Redis answers; raises ConnectionClosed when it does not."""
        with broker_errors(self.client):
            self.client.ping()

    def held(self, queue_name: str) -> Held:
        """The ids of a queue that are out in this process."""
        return self._held[queue_name]

    def _send(self, queue_name: str, finished: deque[str]) -> None:
        """The first thread sends for the rest."""
        lock = self._flushing[queue_name]
        while finished and lock.acquire(blocking=False):
            try:
                sent = self._flush(queue_name, finished)
            finally:
                lock.release()
            if not sent:
                return

    def _flush(self, queue_name: str, finished: deque[str]) -> bool:
        ids = [finished.popleft() for _ in range(min(BATCH, len(finished)))]
        try:
            self._acknowledge(
                keys=[self.namespace], args=[self.broker_id, queue_name, *ids]
            )
        except redis.RedisError:
            finished.extendleft(reversed(ids))
            return False
        return True
