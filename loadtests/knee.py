"""The search for the rate at which a promise breaks, and what it was that broke."""

import math
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from loadtests.facts import percentiles
from loadtests.phase import Phase
from loadtests.validity import cpu_share, find_overload
from loadtests.verdicts import count_bad
from targets.verdict import Verdict, judge_share

GROWTH = 1.4
"""From the goal upwards each step offers so many times the one before."""
CLOSE = 1.2
"""The knee is found when what ended the climb is at most so many times what held."""
SATURATED = 0.9
"""Cores that are in use for this part of the time have nothing left to give."""

Limit = Literal["none", "instance", "machine", "generator"]


class Knee(Struct, frozen=True):
    """The highest rate that held, and what ended the climb there.

    `limit` says whose end it was: the generator's when its numbers could not be
    believed, nobody's when nothing surely broke.
    """

    held_per_second: float
    stopped_at_per_second: float | None
    because: str
    limit: Limit

    @property
    def broke(self) -> bool:
        """Whether the servers surely broke a promise at the end."""
        return self.limit in {"instance", "machine"}

    def describe(self) -> str:
        """One line for people."""
        if self.stopped_at_per_second is None:
            return f"held {self.held_per_second:g}/s: {self.because}"
        what = "broke" if self.broke else "not decided"
        at = f"{self.stopped_at_per_second:g}/s"
        return f"held {self.held_per_second:g}/s, {what} at {at}: {self.because}"


def rate_of(step: Phase) -> float:
    return step.plan.rate_per_second


def holds(step: Phase) -> bool:
    """Latency surely within its promise and nothing surely broken.

    One step is too short to prove an error budget; all held steps together are asked.
    """
    if step.flaws or step.broken():
        return False
    slow = [name for name, slo in step.slos.items() if slo.p95 is not None]
    return all(verdict_of([step], name) is Verdict.MET for name in slow)


def verdict_of(steps: Iterable[Phase], name: str) -> Verdict:
    """One promise over the requests of several steps together."""
    several = list(steps)
    pairs = [count_bad(step.slos[name], step.tally) for step in several]
    return judge_share(
        sum(bad for bad, _ in pairs),
        sum(total for _, total in pairs),
        allowed=several[0].slos[name].bad_share,
    )


def find_bounds(steps: list[Phase]) -> tuple[float, Phase | None]:
    """The highest rate that held, and the lowest step above it that ended the climb.

    A step that is too close to the line ends nothing by itself: the next one is
    clearer. Once one has surely failed, it lies on the failing side.
    """
    held = max((rate_of(step) for step in steps if holds(step)), default=0.0)
    above = [step for step in steps if rate_of(step) > held]
    if not any(step.flaws or step.broken() for step in above):
        return held, None
    return held, min(above, key=rate_of)


def next_rate(steps: list[Phase], goal: float) -> float | None:
    """What to offer next: up to the goal, beyond, then in between; None at the end."""
    held, ended = find_bounds(steps)
    highest = max(rate_of(step) for step in steps)
    if ended is None:
        return min(highest * 2, goal) if highest < goal else round(highest * GROWTH)
    wanted = math.sqrt(held * rate_of(ended)) if held else rate_of(ended) / 2
    if rate_of(ended) <= held * CLOSE or round(wanted) in map(rate_of, steps):
        return None
    return round(wanted)


def find_knee(steps: list[Phase], *, local: bool, instances: int) -> Knee:
    """Say where it is; `local` means that load and servers share this machine."""
    held, ended = find_bounds(steps)
    if ended is not None and is_doubtful(ended):
        return Knee(held, rate_of(ended), "; ".join(ended.flaws), "generator")
    if ended is not None and ended.broken():
        because = "; ".join([*ended.broken(), *ended.flaws])
        blamed = blame(ended, instances) if local else "instance"
        if blamed == "machine":
            because += "; the other cores of this machine were in use, too"
        return Knee(held, rate_of(ended), because, blamed)
    highest = max(steps, key=rate_of)
    if holds(highest):
        return Knee(held, None, "the climb ended before anything broke", "none")
    at = rate_of(ended or highest)
    return Knee(held, at, "too close to the line to say", "none")


def is_doubtful(step: Phase) -> bool:
    """Whether nothing can be said about the servers in this step.

    Arrivals that a punctual generator had to drop, because too many were unanswered,
    are no doubt about the servers when a promise is broken besides.
    """
    if not step.broken():
        return bool(step.flaws)
    return bool(set(step.flaws) - set(find_overload(step.plan, step.tally)))


def blame(step: Phase, instances: int) -> Limit:
    """Whose limit a broken step showed: the instance's own, or the machine's.

    Generator and databases share the cores that the instances leave. While those had
    room, nobody but the instances was slow.
    """
    if step.use is None or step.instance_cores is None:
        return "machine"
    beside = step.use.share_beside(step.instance_cores, instances)
    return "machine" if beside >= SATURATED else "instance"


def describe_step(step: Phase) -> dict[str, object]:
    """A row of the climb for the report."""
    measured = step.plan.measured_seconds
    every = step.tally.over(step.tally.routes)
    reasons = step.flaws or step.broken()
    held = holds(step)
    return {
        "offered_per_second": rate_of(step),
        "achieved_per_second": step.tally.sent / measured if measured else 0.0,
        "p95_seconds": every.percentile(95),
        "lag_seconds": percentiles(step.tally.lag)["p99"],
        "instance_cores": step.instance_cores,
        "generator_cpu_share": cpu_share(step.tally),
        "machine_busy_share": step.use and step.use.share,
        "held": held,
        "because": "" if held else "; ".join(reasons) or "too close to the line to say",
    }
