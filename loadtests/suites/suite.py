"""What a suite is: a name, its defaults, and how it turns a stage into findings."""

from collections.abc import Callable

from msgspec import Struct

from exchange.outcomes import Measurement, Moment
from loadtests.phase import Phase, Stage
from loadtests.plan import Pace
from targets.verdict import Verdict


class Request(Struct, frozen=True):
    """What the caller wants; None means the suite's own default."""

    rate_per_second: float | None = None
    duration_seconds: float | None = None
    warm_up_seconds: float | None = None

    def settle(self, default: Pace) -> Pace:
        """The caller's wishes, and the default where there is none."""
        wishes = (self.rate_per_second, self.duration_seconds, self.warm_up_seconds)
        defaults = (default.rate_per_second, default.seconds, default.warm_up_seconds)
        pairs = zip(wishes, defaults, strict=True)
        return Pace(*(usual if wish is None else wish for wish, usual in pairs))


class Findings(Struct, frozen=True, kw_only=True):
    """What a suite found in all its phases."""

    verdict: Verdict
    phases: list[Phase]
    measurements: list[Measurement] = []
    invalid_because: list[str] = []
    timeline: list[Moment] = []
    facts: dict[str, object] = {}


class Suite(Struct, frozen=True):
    name: str
    title: str
    explore: Callable[[Stage, Request], Findings]
