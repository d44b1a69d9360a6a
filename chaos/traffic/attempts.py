"""Every request of the load, and statistics over them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from chaos.timeline import now
from exchange.outcomes import Point
from exchange.percentiles import percentile

Kind = Literal["write", "read", "report"]


class Unavailability(NamedTuple):
    """An interval without an acknowledgement, in epoch seconds."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def longest_unavailability(
    acknowledged: Iterable[float], *, since: float, until: float
) -> Unavailability:
    """Return the longest interval of [since, until] without an acknowledgement inside.

    The edges of the window close a gap too: with no acknowledgement at all the
    gap is the whole window. Raises ValueError when the window is empty.
    """
    if until <= since:
        raise ValueError(f"no time between {since} and {until}")
    inside = sorted(at for at in acknowledged if since < at < until)
    stretches = (Unavailability(*edges) for edges in pairwise([since, *inside, until]))
    return max(stretches, key=lambda gap: gap.seconds)


@dataclass(slots=True)
class Attempt:
    """One request, sent once. `intended` is when its arrival was due."""

    kind: Kind
    intended: float
    started: float
    ended: float | None = None
    failure: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.ended is not None and self.failure is None

    def overlaps(self, since: float, until: float) -> bool:
        """Return whether the request was in flight at some time of [since, until]."""
        ended = self.ended if self.ended is not None else float("inf")
        return self.started <= until and ended >= since


@dataclass
class Attempts:
    """All attempts in sending order; times are epoch seconds."""

    all: list[Attempt] = field(default_factory=list)

    def start(self, kind: Kind, intended: float) -> Attempt:
        attempt = Attempt(kind=kind, intended=intended, started=now())
        self.all.append(attempt)
        return attempt

    def in_flight(self, since: float, until: float) -> list[Attempt]:
        return [attempt for attempt in self.all if attempt.overlaps(since, until)]

    def failed(self, *, since: float = 0.0) -> list[Attempt]:
        """Return attempts that failed since a given time."""
        return [a for a in self.all if a.failure and (a.ended or 0.0) >= since]

    def failures(self) -> dict[str, int]:
        """Return the count of each failure reason, most frequent first."""
        return dict(Counter(a.failure for a in self.all if a.failure).most_common())

    def longest_unavailability(
        self, kind: Kind, *, since: float, until: float
    ) -> Unavailability:
        """Return the longest interval in which no request of this kind succeeded."""
        return longest_unavailability(self.successes(kind), since=since, until=until)

    def successes(self, kind: Kind) -> list[float]:
        """Return the times at which requests of this kind succeeded."""
        return [a.ended for a in self.all if a.kind == kind and a.succeeded and a.ended]

    def per_second(self, *, since: float, until: float) -> list[Point]:
        """Return one point for each whole second, by when requests ended."""
        seconds = range(int(since) + 1, int(until))
        ended: dict[int, list[Attempt]] = {second: [] for second in seconds}
        for attempt in self.all:
            if attempt.ended is not None and int(attempt.ended) in ended:
                ended[int(attempt.ended)].append(attempt)
        return [_point(second, attempts) for second, attempts in ended.items()]


def _point(second: int, attempts: list[Attempt]) -> Point:
    waits = sorted(a.ended - a.intended for a in attempts if a.succeeded and a.ended)
    return Point(
        at=float(second),
        ok=len(waits),
        failed=len(attempts) - len(waits),
        p50=percentile(waits, 0.50) if waits else None,
        p95=percentile(waits, 0.95) if waits else None,
    )
