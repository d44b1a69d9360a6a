"""The timeline of an experiment: one clock, the moments, and bounded waiting."""

import asyncio
import time
from collections.abc import Callable

from exchange.outcomes import Moment

_EPOCH = time.time() - time.monotonic()

Listener = Callable[[Moment], None]


def now() -> float:
    """Epoch seconds that never step back, so differences are durations."""
    return _EPOCH + time.monotonic()


async def wait_until(
    holds: Callable[[], bool], *, until: float, every_seconds: float = 0.1
) -> bool:
    """Whether it held by the moment `until`; looks at least once."""
    while not holds():
        if now() >= until:
            return False
        await asyncio.sleep(every_seconds)
    return True


class Timeline:
    """The moments of one experiment, told to `listener` as they come."""

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
        """When exactly this was noted first; None when it never was."""
        return next((m.at for m in self.moments if m.what == what), None)

    @property
    def fault_at(self) -> float:
        """When the fault struck; raises LookupError while it has not."""
        return self._first("fault")

    @property
    def undone_at(self) -> float:
        """When the fault was taken back; raises LookupError while it holds."""
        return self._first("undone")

    def _first(self, kind: str) -> float:
        for moment in self.moments:
            if moment.kind == kind:
                return moment.at
        raise LookupError(f"no {kind} on the timeline")
