"""The consumer that waits for work instead of polling for it.

Dramatiq's own Redis consumer sleeps with a growing back-off whenever its queue is
empty or its prefetch is full. This one blocks on the queue's wake-up list, and on its
own acknowledgements, so a job starts about a round trip after it was published.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy

from workers.backoff import jittered
from workers.connections import broker_errors

if TYPE_CHECKING:
    from workers.wakeful import WakefulBroker

MAINTENANCE_SECONDS = 2.0


class WakefulConsumer(Consumer):
    """Hands the messages of one queue to one Dramatiq consumer thread.

    At most `prefetch` messages are out at a time, and the next are fetched when half of
    them are acknowledged. Raises ConnectionClosed for whatever Redis does wrong.
    """

    def __init__(
        self, broker: WakefulBroker, queue_name: str, prefetch: int, timeout: int
    ) -> None:
        self.broker = broker
        self.queue_name = queue_name
        self.prefetch = prefetch
        self.timeout_seconds = max(timeout, 1) / 1000
        self.held = broker.held(queue_name)
        self.fetched: deque[bytes] = deque()
        self.settled = False
        self.maintain_at = 0.0

    def __next__(self) -> MessageProxy | None:
        with broker_errors(self.broker.client):
            if self.broker.draining.is_set():
                self._rest()
                return None
            if not self.fetched:
                self._refill()
        if not self.fetched:
            return None
        message: Message[Any] = Message.decode(self.fetched.popleft())
        self.held.add(message.options["redis_message_id"])
        return MessageProxy(message)

    def ack(self, message: MessageProxy) -> None:
        """Forget a finished message; never waits for Redis to come back."""
        self.broker.acknowledge(self.queue_name, message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        """Forget a message that nobody here can run; its job still waits in Postgres.

        Dramatiq's own dead-letter set would be a second, unread truth.
        """
        self.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Put messages that were not started back for other workers."""
        ids = [message.options["redis_message_id"] for message in messages]
        for message_id in ids:
            self.held.remove(message_id)
        with broker_errors(self.broker.client):
            self.broker.requeue(self.queue_name, ids)

    def close(self) -> None:
        """Put back what was fetched and not handed out, and stop waiting."""
        with broker_errors(self.broker.client):
            self._give_back()

    def _refill(self) -> None:
        if not self.settled:
            self.broker.settle(self.queue_name)
            self.settled = True
        room = self.held.wait_for_room(self.prefetch, self.timeout_seconds)
        self._fetch(room)  # also the heartbeat, even when there is no room
        if room and not self.fetched:
            self._maintain()
            if self.broker.wait_for_work(self.queue_name, self.timeout_seconds):
                self._fetch(room)

    def _fetch(self, limit: int) -> None:
        self.fetched.extend(self.broker.fetch(self.queue_name, limit))

    def _maintain(self) -> None:
        """Bring back what dead workers held, on a clock instead of by lottery."""
        if time.monotonic() < self.maintain_at:
            return
        self.broker.maintain(self.queue_name)
        self.maintain_at = time.monotonic() + jittered(MAINTENANCE_SECONDS)

    def _rest(self) -> None:
        """Take nothing more, but keep the heart beating for what still runs."""
        self._give_back()
        self._fetch(0)
        time.sleep(self.timeout_seconds / 10)

    def _give_back(self) -> None:
        messages: list[Message[Any]] = [Message.decode(body) for body in self.fetched]
        self.fetched.clear()
        self.broker.requeue(
            self.queue_name,
            [message.options["redis_message_id"] for message in messages],
        )
