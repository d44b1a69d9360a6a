"""What a suite is: a name, its defaults, and how it turns a stage into findings."""

from collections.abc import Callable

from msgspec import Struct

from loadtests.phase import Phase, Stage
from targets.verdict import Measurement, Moment, Verdict


class Request(Struct, frozen=True):
    """What the caller wants; None means the suite's own default."""

    rate_per_second: float | None
    duration_seconds: float | None
    warm_up_seconds: float | None


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
