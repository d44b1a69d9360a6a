"""The statistics of a generator, per route and per second; mergeable."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from loadtests.histogram import Durations

_REASONS_KEPT = 20


class RouteStats:
    """Responses of one route whose intended start lies in the measured window."""

    def __init__(self) -> None:
        self.answers = 0
        self.failures = 0
        self.bad: Counter[float] = Counter()
        """Per edge in seconds: failed, or slower than the edge."""
        self.intended = Durations()
        self.service = Durations()

    def record(
        self, *, intended: float, service: float, failed: bool, edges: Iterable[float]
    ) -> None:
        self.answers += 1
        self.failures += failed
        self.service.record(service)
        if failed:
            self.intended.record_never()
        else:
            self.intended.record(intended)
        for edge in edges:
            self.bad[edge] += failed or intended > edge

    def dump(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "failures": self.failures,
            "bad": [[edge, count] for edge, count in self.bad.items()],
            "intended": self.intended.encode(),
            "service": self.service.encode(),
        }

    def merge(self, dumped: dict[str, Any]) -> None:
        self.answers += dumped["answers"]
        self.failures += dumped["failures"]
        for edge, count in dumped["bad"]:
            self.bad[edge] += count
        self.intended.add(dumped["intended"])
        self.service.add(dumped["service"])


class SecondStats:
    """One second of intended starts, for the plot."""

    def __init__(self) -> None:
        self.ok = 0
        self.failed = 0
        self.intended = Durations()

    def dump(self) -> list[Any]:
        return [self.ok, self.failed, self.intended.encode()]

    def merge(self, dumped: list[Any]) -> None:
        self.ok += dumped[0]
        self.failed += dumped[1]
        self.intended.add(dumped[2])


class Stats:
    """The statistics of one generator process.

    `scheduled`, `dropped`, `routes`, `lag` and `seconds` cover the measured window;
    `answered` and `unanswered` cover the whole run, warm-up included, as the servers'
    counters do.
    """

    def __init__(self) -> None:
        self.scheduled = 0
        self.dropped = 0
        self.crashed = 0
        self.realtime = False
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self.answered: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.lag = Durations()
        self.routes: dict[str, RouteStats] = {}
        self.seconds: dict[int, SecondStats] = {}

    @property
    def sent(self) -> int:
        """Return requests of the measured window that were answered or failed."""
        return sum(route.answers for route in self.routes.values())

    @property
    def failures(self) -> int:
        return sum(route.failures for route in self.routes.values())

    def route(self, name: str) -> RouteStats:
        return self.routes.setdefault(name, RouteStats())

    def second(self, epoch_second: int) -> SecondStats:
        return self.seconds.setdefault(epoch_second, SecondStats())

    def note(self, reason: str) -> None:
        """Count a failure reason; the number of different reasons is bounded."""
        known = reason in self.reasons or len(self.reasons) < _REASONS_KEPT
        self.reasons[reason if known else "other reasons"] += 1

    def over(self, names: Iterable[str]) -> Durations:
        """Return the latencies of several routes as one distribution."""
        merged = Durations()
        for name in names:
            if name in self.routes:
                merged.add(self.routes[name].intended.encode())
        return merged

    def dump(self) -> dict[str, Any]:
        return {
            "scheduled": self.scheduled,
            "dropped": self.dropped,
            "crashed": self.crashed,
            "realtime": self.realtime,
            "cpu_seconds": self.cpu_seconds,
            "wall_seconds": self.wall_seconds,
            "answered": dict(self.answered),
            "unanswered": dict(self.unanswered),
            "reasons": dict(self.reasons),
            "lag": self.lag.encode(),
            "routes": {name: route.dump() for name, route in self.routes.items()},
            "seconds": [[at, one.dump()] for at, one in self.seconds.items()],
        }

    def merge(self, dumped: dict[str, Any]) -> Self:
        """Add the statistics of another process; keep the CPU time of the busiest."""
        self.scheduled += dumped["scheduled"]
        self.dropped += dumped["dropped"]
        self.crashed += dumped["crashed"]
        self.realtime |= dumped["realtime"]
        if dumped["cpu_seconds"] > self.cpu_seconds:
            self.cpu_seconds = dumped["cpu_seconds"]
            self.wall_seconds = dumped["wall_seconds"]
        for own, theirs in (
            (self.answered, dumped["answered"]),
            (self.unanswered, dumped["unanswered"]),
            (self.reasons, dumped["reasons"]),
        ):
            own.update(theirs)
        self.lag.add(dumped["lag"])
        for name, route in dumped["routes"].items():
            self.route(name).merge(route)
        for at, second in dumped["seconds"]:
            self.second(at).merge(second)
        return self
