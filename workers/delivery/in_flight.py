"""The message ids of one queue that this process took and has not acknowledged."""

import threading


class InFlight:
    """In-flight message ids, shared by the consumers of one queue.

    They outlive a consumer, because its messages keep running after a reconnect. An id
    that Redis assigns to this process but that is not here was lost: requeue it.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._changed = threading.Condition()
        self._wake_below = 0

    def add(self, message_id: str) -> None:
        with self._changed:
            self._ids.add(message_id)

    def remove(self, message_id: str) -> None:
        """Drop one id; wake a waiting consumer when enough ids are gone."""
        with self._changed:
            self._ids.discard(message_id)
            if len(self._ids) <= self._wake_below:
                self._changed.notify_all()

    def ids(self) -> frozenset[str]:
        with self._changed:
            return frozenset(self._ids)

    def wait_for_capacity(self, prefetch: int, timeout_seconds: float) -> int:
        """Wait until half of `prefetch` is free; return how many more ids fit.

        Returns 0 after the timeout.
        """
        least = max(1, prefetch // 2)
        with self._changed:
            self._wake_below = prefetch - least
            self._changed.wait_for(
                lambda: prefetch - len(self._ids) >= least, timeout_seconds
            )
            free = prefetch - len(self._ids)
        return free if free >= least else 0
