"""A suite: a name, a title, and the function that runs it."""

from collections.abc import Callable

from msgspec import Struct

from exchange.outcomes import Measurement, Moment
from loadtests.phase import Phase, RunContext
from loadtests.plan import Pace
from targets.verdict import Verdict


class RunOptions(Struct, frozen=True):
    """Options of the command line; None means the suite's own default."""

    rate_per_second: float | None = None
    duration_seconds: float | None = None
    warm_up_seconds: float | None = None

    def resolve(self, default: Pace) -> Pace:
        """Return the given values, with `default` for each that was not given."""
        given = (self.rate_per_second, self.duration_seconds, self.warm_up_seconds)
        defaults = (default.rate_per_second, default.seconds, default.warm_up_seconds)
        pairs = zip(given, defaults, strict=True)
        return Pace(*(usual if value is None else value for value, usual in pairs))


class Findings(Struct, frozen=True, kw_only=True):
    """The results of all phases of a suite."""

    verdict: Verdict
    phases: list[Phase]
    measurements: list[Measurement] = []
    invalid_because: list[str] = []
    timeline: list[Moment] = []
    facts: dict[str, object] = {}


class Suite(Struct, frozen=True):
    name: str
    title: str
    run: Callable[[RunContext, RunOptions], Findings]
