"""How much is carried: a crowd of users, then the rate at which a promise breaks."""

from msgspec import structs

from exchange.outcomes import Measurement
from loadtests.knee import (
    describe_step,
    find_knee,
    holds,
    is_doubtful,
    next_rate,
    rate_of,
    verdict_of,
)
from loadtests.phase import Phase, Stage, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, Request, Suite
from targets.families import Capacity, Limit, Slo
from targets.verdict import Verdict, judge_gauge, worst

MIX = {
    "analyst.list_recent": 60,
    "analyst.list_filtered": 10,
    "integrator.record_event": 30,
}
STEP = Pace(rate_per_second=250.0, seconds=8.0, warm_up_seconds=2.0)
MOST_STEPS = 8
CROWD = Pace(rate_per_second=0.0, seconds=45.0, warm_up_seconds=2.0)
_SOURCE = "load:capacity"
_API = "capacity.api"
_USERS = "capacity.users-100"


def explore(stage: Stage, request: Request) -> Findings:
    """The crowd first, then the climb; judged on what `load:capacity` proves."""
    crowd = run_crowd(stage)
    steps = climb(stage, request)
    measurements = [judge_crowd(stage, crowd), judge_climb(stage, steps)]
    nothing_valid = all(phase.flaws for phase in (crowd, *steps))
    return Findings(
        verdict=worst(m.verdict for m in measurements),
        phases=[crowd, *steps],
        measurements=measurements,
        invalid_because=crowd.flaws if nothing_valid else [],
        facts=describe(stage, steps),
    )


def describe(stage: Stage, steps: list[Phase]) -> dict[str, object]:
    """The knee in words, whose limit it was, and the climb step by step."""
    instances = max(1, len(stage.where.metrics))
    knee = find_knee(steps, local=stage.where.is_local, instances=instances)
    return {
        "knee": knee.describe(),
        "knee_per_second": knee.held_per_second,
        "limited_by": knee.limit,
        "steps": [describe_step(step) for step in sorted(steps, key=rate_of)],
    }


def run_crowd(stage: Stage) -> Phase:
    """As many users as promised, each waiting for the answer and then thinking."""
    promise = stage.targets.capacity["users-100"]
    plan = structs.replace(
        stage.plan(MIX, CROWD), model="closed", users=promise.users or 0
    )
    return run_phase(stage, f"{plan.users} users", plan, held_slos(stage, promise))


def climb(stage: Stage, request: Request) -> list[Phase]:
    """Look for the rate at which a promise breaks, also beyond the promised one.

    Up to that, a step whose generator was late gets a second chance: neighbours may be
    noisy. The number of steps is bounded, so that the suite keeps its time.
    """
    promise = stage.targets.capacity["api"]
    goal = wanted_rate(promise) * max(1, len(stage.where.metrics))
    pace = request.settle(STEP)
    steps: list[Phase] = []
    rate: float | None = min(pace.rate_per_second, goal)
    while rate is not None and len(steps) < MOST_STEPS:
        pace = structs.replace(pace, rate_per_second=rate)
        phase = run_step(stage, pace, promise)
        if is_doubtful(phase) and rate <= goal:
            phase = run_step(stage, pace, promise)
        steps.append(phase)
        rate = next_rate(steps, goal)
    return steps


def run_step(stage: Stage, pace: Pace, promise: Capacity) -> Phase:
    title = f"{pace.rate_per_second:g}/s, list and ingest"
    return run_phase(stage, title, stage.plan(MIX, pace), held_slos(stage, promise))


def held_slos(stage: Stage, promise: Capacity) -> dict[str, Slo]:
    """The promises about requests that must hold while the capacity is used."""
    return {
        name: target
        for name in promise.holding
        if isinstance(target := stage.targets.find(name), Slo)
    }


def wanted_rate(promise: Capacity) -> float:
    return promise.rate.per_second if promise.rate else 0.0


def judge_climb(stage: Stage, steps: list[Phase]) -> Measurement:
    """The held rate per instance against the promise.

    Below it the promise is missed when the instances were what gave way. When it was
    the generator, or the machine that it shares with them, that says nothing about an
    instance that has a machine to itself: not measured, and the detail says why.
    """
    instances = max(1, len(stage.where.metrics))
    knee = find_knee(steps, local=stage.where.is_local, instances=instances)
    each = knee.held_per_second / instances
    promise = stage.targets.capacity["api"]
    verdict = Verdict.NOT_MEASURED
    if each >= wanted_rate(promise):
        verdict = judge_holding(stage, promise, held_up_to_promise(stage, steps))
    elif knee.limit == "instance":
        verdict = Verdict.MISSED
    plural = "s" if instances > 1 else ""
    return Measurement(
        target=_API,
        value=each,
        unit=promise.unit,
        verdict=verdict,
        detail=f"{knee.describe()}; on {instances} instance{plural}",
        samples=sum(step.tally.sent for step in steps),
        source=_SOURCE,
    )


def held_up_to_promise(stage: Stage, steps: list[Phase]) -> list[Phase]:
    """The steps that held, up to the first at the promised rate: beyond is a gift."""
    instances = max(1, len(stage.where.metrics))
    goal = wanted_rate(stage.targets.capacity["api"]) * instances
    held = [step for step in steps if holds(step)]
    enough = min(rate_of(step) for step in held if rate_of(step) >= goal)
    return [step for step in held if rate_of(step) <= enough]


def judge_holding(stage: Stage, promise: Capacity, held: list[Phase]) -> Verdict:
    """Whether all that must hold at the promised rate did, memory included."""
    verdicts = [verdict_of(held, name) for name in held[0].slos]
    for name in promise.holding:
        limit = stage.targets.find(name)
        if isinstance(limit, Limit) and limit.memory is not None:
            seen = [s.after.resident_bytes for s in held if s.after is not None]
            verdicts.append(judge_gauge(max(seen, default=None), limit=limit.value))
    return worst(verdicts)


def judge_crowd(stage: Stage, crowd: Phase) -> Measurement:
    promise = stage.targets.capacity["users-100"]
    parts = crowd.judge(_SOURCE)
    verdict = worst(part.verdict for part in parts)
    rate = crowd.tally.sent / crowd.plan.measured_seconds
    words = "; ".join(f"{part.target}: {part.detail}" for part in parts)
    return Measurement(
        target=_USERS,
        value=float(crowd.plan.users) if verdict is Verdict.MET else None,
        unit=promise.unit,
        verdict=verdict,
        detail=f"a closed crowd at {rate:.0f}/s; {words}",
        samples=crowd.tally.sent,
        source=_SOURCE,
    )


CAPACITY = Suite("capacity", "A crowd, then a climbing rate until it breaks", explore)
