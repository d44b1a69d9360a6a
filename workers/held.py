"""What this process has taken from a queue and not acknowledged."""

import threading


class Held:
    """The ids of one queue that are out in this process, shared by its consumers.

    Outlives a consumer, because messages it handed out still run after its connection
    broke; whatever else Redis books on this process is stranded.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._changed = threading.Condition()
        self._few = 0

    def add(self, message_id: str) -> None:
        with self._changed:
            self._ids.add(message_id)

    def remove(self, message_id: str) -> None:
        """Forget one; whoever waits for room is woken when there is enough."""
        with self._changed:
            self._ids.discard(message_id)
            if len(self._ids) <= self._few:
                self._changed.notify_all()

    def ids(self) -> frozenset[str]:
        with self._changed:
            return frozenset(self._ids)

    def wait_for_room(self, prefetch: int, timeout_seconds: float) -> int:
        """How many more fit, once half of `prefetch` does; 0 after the wait."""
        worth_it = max(1, prefetch // 2)
        with self._changed:
            self._few = prefetch - worth_it
            self._changed.wait_for(
                lambda: prefetch - len(self._ids) >= worth_it, timeout_seconds
            )
            room = prefetch - len(self._ids)
        return room if room >= worth_it else 0
