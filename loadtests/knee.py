"""The search for the rate at which a target breaks, and for the limiting resource."""

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
"""Above the target's rate, each step offers this multiple of the step before."""
CLOSE = 1.2
"""The search ends when the failing rate is at most this multiple of the held rate."""
SATURATED = 0.9
"""Above this share of use, cores count as saturated."""

Limit = Literal["none", "instance", "machine", "generator"]


class Knee(Struct, frozen=True):
    """The highest rate that held, and the reason why the climb ended.

    `limit` is the limiting resource: `generator` if its figures are invalid, `none` if
    no target certainly broke.
    """

    held_per_second: float
    stopped_at_per_second: float | None
    because: str
    limit: Limit

    @property
    def broke(self) -> bool:
        """Whether the servers certainly missed a target at the end."""
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
    """Whether every latency target was certainly met and no target certainly missed.

    One step is too short to prove an error budget; the held steps are judged together.
    """
    if step.flaws or step.broken():
        return False
    slow = [name for name, slo in step.slos.items() if slo.p95 is not None]
    return all(verdict_of([step], name) is Verdict.MET for name in slow)


def verdict_of(steps: Iterable[Phase], name: str) -> Verdict:
    """Judge one objective over the requests of several steps."""
    several = list(steps)
    pairs = [count_bad(step.slos[name], step.stats) for step in several]
    return judge_share(
        sum(bad for bad, _ in pairs),
        sum(total for _, total in pairs),
        allowed=several[0].slos[name].bad_share,
    )


def find_bounds(steps: list[Phase]) -> tuple[float, Phase | None]:
    """Return the highest rate that held, and the lowest step above it that did not.

    An undecided step does not end the climb: the next step is clearer. Once a higher
    step has certainly failed, the undecided step counts as failing.
    """
    held = max((rate_of(step) for step in steps if holds(step)), default=0.0)
    above = [step for step in steps if rate_of(step) > held]
    if not any(step.flaws or step.broken() for step in above):
        return held, None
    return held, min(above, key=rate_of)


def next_rate(steps: list[Phase], goal: float) -> float | None:
    """Return the next rate: up to `goal`, above it, then between; None at the end."""
    held, ended = find_bounds(steps)
    highest = max(rate_of(step) for step in steps)
    if ended is None:
        return min(highest * 2, goal) if highest < goal else round(highest * GROWTH)
    wanted = math.sqrt(held * rate_of(ended)) if held else rate_of(ended) / 2
    if rate_of(ended) <= held * CLOSE or round(wanted) in map(rate_of, steps):
        return None
    return round(wanted)


def find_knee(steps: list[Phase], *, local: bool, instances: int) -> Knee:
    """Return the knee; `local` means that generator and servers share this machine."""
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
    """Whether the step is invalid evidence about the servers.

    A step with a missed target stays valid if its only flaw is dropped arrivals: a
    generator on time drops arrivals when too many requests are unanswered.
    """
    if not step.broken():
        return bool(step.flaws)
    return bool(set(step.flaws) - set(find_overload(step.plan, step.stats)))


def blame(step: Phase, instances: int) -> Limit:
    """Return the limit that a failed step showed: `instance` or `machine`.

    Generator and databases share the cores that the instances leave. If those cores
    were not saturated, the instances were the limit.
    """
    if step.use is None or step.instance_cores is None:
        return "machine"
    beside = step.use.share_beside(step.instance_cores, instances)
    return "machine" if beside >= SATURATED else "instance"


def describe_step(step: Phase) -> dict[str, object]:
    """Return a row of the climb for the report."""
    measured = step.plan.measured_seconds
    every = step.stats.over(step.stats.routes)
    reasons = step.flaws or step.broken()
    held = holds(step)
    return {
        "offered_per_second": rate_of(step),
        "achieved_per_second": step.stats.sent / measured if measured else 0.0,
        "p95_seconds": every.percentile(95),
        "lag_seconds": percentiles(step.stats.lag)["p99"],
        "instance_cores": step.instance_cores,
        "generator_cpu_share": cpu_share(step.stats),
        "machine_busy_share": step.use and step.use.share,
        "held": held,
        "because": "" if held else "; ".join(reasons) or "too close to the line to say",
    }
