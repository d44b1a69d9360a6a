"""The timeline of an experiment: one clock, the events, and bounded waiting."""

import asyncio
import time
from collections.abc import Callable

from exchange.outcomes import Moment

_EPOCH = time.time() - time.monotonic()

Listener = Callable[[Moment], None]


def now() -> float:
    """Return epoch seconds that never step back, so differences are durations."""
    return _EPOCH + time.monotonic()


async def wait_until(
    holds: Callable[[], bool], *, until: float, every_seconds: float = 0.1
) -> bool:
    """Return whether the condition held by the time `until`; check at least once."""
    while not holds():
        if now() >= until:
            return False
        await asyncio.sleep(every_seconds)
    return True


class Timeline:
    """The events of one experiment, passed to `listener` as they come."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.moments: list[Moment] = []
        self._listener = listener

    def add(self, moment: Moment) -> None:
        self.moments.append(moment)
        if self._listener is not None:
            self._listener(moment)

    def add_note(self, what: str) -> None:
        self.add(Moment(at=now(), what=what, kind="note"))

    def time_of_note(self, what: str) -> float | None:
        """Return the time of this note's first entry; None when there is none."""
        return next((m.at for m in self.moments if m.what == what), None)

    @property
    def fault_at(self) -> float:
        """Return the start of the fault; raises LookupError before it."""
        return self._first("fault")

    @property
    def undone_at(self) -> float:
        """Return the end of the fault; raises LookupError while it holds."""
        return self._first("undone")

    def _first(self, kind: str) -> float:
        for moment in self.moments:
            if moment.kind == kind:
                return moment.at
        raise LookupError(f"no {kind} on the timeline")
