"""What a fault costs its users, in seconds of full outage."""

from itertools import pairwise
from statistics import median

from msgspec import Struct

from exchange.outcomes import Outcome, Point

CONTROL = "control-"


class Cost(Struct, frozen=True):
    """Seconds of service that one experiment burned, as its users saw it."""

    name: str
    title: str
    seconds: float


def find_costs(outcomes: list[Outcome]) -> list[Cost]:
    """The cost of every real fault that kept a series; controls cost nothing."""
    return [
        Cost(outcome.name, outcome.title, count_lost_seconds(outcome))
        for outcome in outcomes
        if outcome.kind == "chaos"
        and outcome.series
        and not outcome.name.startswith(CONTROL)
    ]


def count_lost_seconds(outcome: Outcome) -> float:
    """Failed share times length, over every slice of time since the fault.

    A slice in which nothing was answered at all is lost whole.
    """
    width = find_width(outcome.series)
    since = find_fault(outcome)
    return sum(
        width * _lost_share(point)
        for point in outcome.series
        if since is None or point.at + width > since
    )


def find_fault(outcome: Outcome) -> float | None:
    """When the fault struck, in epoch seconds."""
    moments = [moment.at for moment in outcome.timeline if moment.kind == "fault"]
    return min(moments, default=None)


def find_width(series: list[Point]) -> float:
    """Seconds that one point stands for."""
    steps = [after.at - before.at for before, after in pairwise(series)]
    return median(steps) if steps else 1.0


def _lost_share(point: Point) -> float:
    answered = point.ok + point.failed
    return point.failed / answered if answered and point.ok else 1.0
