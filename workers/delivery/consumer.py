"""The consumer of one queue, which blocks until a message arrives instead of polling.

Dramatiq's Redis consumer sleeps with a growing back-off while its queue is empty or its
prefetch is full. This one blocks on the queue's wake-up list and on its own
acknowledgements, so a job starts about one round trip after its publication.
"""

import time
from collections import deque
from collections.abc import Iterable
from threading import Event
from typing import Any, Protocol

import redis
from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy

from workers.backoff import jittered
from workers.delivery.connections import broker_errors
from workers.delivery.in_flight import InFlight

MAINTENANCE_SECONDS = 2.0


class QueueOperations(Protocol):
    """The operations on Redis that a consumer needs; BlockingRedisBroker has them."""

    client: redis.Redis
    draining: Event

    def in_flight(self, queue_name: str) -> InFlight: ...
    def fetch(self, queue_name: str, limit: int) -> list[bytes]: ...
    def wait_for_work(self, queue_name: str, timeout_seconds: float) -> bool: ...
    def acknowledge(self, queue_name: str, message_id: str) -> None: ...
    def requeue(self, queue_name: str, message_ids: Iterable[str]) -> None: ...
    def requeue_lost(self, queue_name: str) -> None: ...
    def maintain(self, queue_name: str) -> None: ...


class BlockingConsumer(Consumer):
    """Hands the messages of one queue to one of Dramatiq's consumer threads.

    At most `prefetch` messages are in flight. The next batch is fetched when half of
    them are acknowledged. Every failure of Redis is raised as ConnectionClosed.
    """

    def __init__(
        self, queues: QueueOperations, queue_name: str, prefetch: int, timeout: int
    ) -> None:
        self.queues = queues
        self.queue_name = queue_name
        self.prefetch = prefetch
        self.timeout_seconds = max(timeout, 1) / 1000
        self.in_flight = queues.in_flight(queue_name)
        self.fetched: deque[bytes] = deque()
        self.lost_requeued = False
        self.maintain_at = 0.0

    def __next__(self) -> MessageProxy | None:
        with broker_errors(self.queues.client):
            if self.queues.draining.is_set():
                self._idle()
                return None
            if not self.fetched:
                self._refill()
        if not self.fetched:
            return None
        message: Message[Any] = Message.decode(self.fetched.popleft())
        self.in_flight.add(message.options["redis_message_id"])
        return MessageProxy(message)

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge a finished message; never wait for an absent Redis."""
        self.queues.acknowledge(self.queue_name, message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        """Acknowledge a message that this process cannot run.

        Its job still waits in Postgres; Dramatiq's own dead-letter set is not used.
        """
        self.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Return messages that were not started to their queue."""
        ids = [message.options["redis_message_id"] for message in messages]
        for message_id in ids:
            self.in_flight.remove(message_id)
        with broker_errors(self.queues.client):
            self.queues.requeue(self.queue_name, ids)

    def close(self) -> None:
        """Return the fetched messages that were not handed out."""
        with broker_errors(self.queues.client):
            self._return_fetched()

    def _refill(self) -> None:
        if not self.lost_requeued:
            self.queues.requeue_lost(self.queue_name)
            self.lost_requeued = True
        free = self.in_flight.wait_for_capacity(self.prefetch, self.timeout_seconds)
        self._fetch(free)  # also the heartbeat, even with no capacity
        if free and not self.fetched:
            self._maintain()
            if self.queues.wait_for_work(self.queue_name, self.timeout_seconds):
                self._fetch(free)

    def _fetch(self, limit: int) -> None:
        self.fetched.extend(self.queues.fetch(self.queue_name, limit))

    def _maintain(self) -> None:
        """Requeue the messages of dead workers every MAINTENANCE_SECONDS."""
        if time.monotonic() < self.maintain_at:
            return
        self.queues.maintain(self.queue_name)
        self.maintain_at = time.monotonic() + jittered(MAINTENANCE_SECONDS)

    def _idle(self) -> None:
        """Fetch nothing, but keep sending heartbeats for the jobs still running."""
        self._return_fetched()
        self._fetch(0)
        time.sleep(self.timeout_seconds / 10)

    def _return_fetched(self) -> None:
        messages: list[Message[Any]] = [Message.decode(body) for body in self.fetched]
        self.fetched.clear()
        self.queues.requeue(
            self.queue_name,
            [message.options["redis_message_id"] for message in messages],
        )
