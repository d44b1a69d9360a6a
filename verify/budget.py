"""The cost of a fault to users, in seconds of full outage."""

from itertools import pairwise
from statistics import median

from msgspec import Struct

from exchange.outcomes import Outcome, Point

CONTROL = "control-"


class Cost(Struct, frozen=True):
    """Seconds of service that one experiment cost its users."""

    name: str
    title: str
    seconds: float


def find_costs(outcomes: list[Outcome]) -> list[Cost]:
    """Return the cost of every fault whose outcome has a series; skip controls."""
    return [
        Cost(outcome.name, outcome.title, count_lost_seconds(outcome))
        for outcome in outcomes
        if outcome.kind == "chaos"
        and outcome.series
        and not outcome.name.startswith(CONTROL)
    ]


def count_lost_seconds(outcome: Outcome) -> float:
    """Sum the failed share times the length of every interval since the fault.

    An interval without any answer counts as lost completely.
    """
    width = find_width(outcome.series)
    since = find_fault(outcome)
    return sum(
        width * _lost_share(point)
        for point in outcome.series
        if since is None or point.at + width > since
    )


def find_fault(outcome: Outcome) -> float | None:
    """Return the time of the fault in epoch seconds."""
    moments = [moment.at for moment in outcome.timeline if moment.kind == "fault"]
    return min(moments, default=None)


def find_width(series: list[Point]) -> float:
    """Return the seconds that one point covers."""
    steps = [after.at - before.at for before, after in pairwise(series)]
    return median(steps) if steps else 1.0


def _lost_share(point: Point) -> float:
    answered = point.ok + point.failed
    return point.failed / answered if answered and point.ok else 1.0
