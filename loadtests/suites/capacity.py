"""The capacity suite: a closed model of users, then the rate that breaks a target."""

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
from loadtests.phase import Phase, RunContext, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, RunOptions, Suite
from targets.families import Capacity, Limit, Slo
from targets.verdict import Verdict, judge_gauge, worst

MIX = {
    "analyst.list_recent": 60,
    "analyst.list_filtered": 10,
    "integrator.record_event": 30,
}
STEP = Pace(rate_per_second=250.0, seconds=8.0, warm_up_seconds=2.0)
MOST_STEPS = 8
USERS_PACE = Pace(rate_per_second=0.0, seconds=45.0, warm_up_seconds=2.0)
_SOURCE = "load:capacity"
_API = "capacity.api"
_USERS = "capacity.users-100"


def run(context: RunContext, options: RunOptions) -> Findings:
    """Run the users, then the climb; judge both on the targets of `load:capacity`."""
    users = run_users(context)
    steps = climb(context, options)
    measurements = [judge_users(context, users), judge_climb(context, steps)]
    nothing_valid = all(phase.flaws for phase in (users, *steps))
    return Findings(
        verdict=worst(m.verdict for m in measurements),
        phases=[users, *steps],
        measurements=measurements,
        invalid_because=users.flaws if nothing_valid else [],
        facts=describe(context, steps),
    )


def describe(context: RunContext, steps: list[Phase]) -> dict[str, object]:
    """Return the knee in words, the resource that limited it, and every step."""
    instances = max(1, len(context.addresses.metrics))
    knee = find_knee(steps, local=context.addresses.is_local, instances=instances)
    return {
        "knee": knee.describe(),
        "knee_per_second": knee.held_per_second,
        "limited_by": knee.limit,
        "steps": [describe_step(step) for step in sorted(steps, key=rate_of)],
    }


def run_users(context: RunContext) -> Phase:
    """Run the target's number of users: each waits for the response, then thinks."""
    target = context.targets.capacity["users-100"]
    plan = structs.replace(
        context.plan(MIX, USERS_PACE), model="closed", users=target.users or 0
    )
    return run_phase(context, f"{plan.users} users", plan, held_slos(context, target))


def climb(context: RunContext, options: RunOptions) -> list[Phase]:
    """Search for the rate at which a target breaks, also above the target's rate.

    Up to that rate a step whose generator was late is repeated once: other programs
    on the machine may be noisy. The number of steps bounds the suite's duration.
    """
    target = context.targets.capacity["api"]
    goal = target_rate(target) * max(1, len(context.addresses.metrics))
    pace = options.resolve(STEP)
    steps: list[Phase] = []
    rate: float | None = min(pace.rate_per_second, goal)
    while rate is not None and len(steps) < MOST_STEPS:
        pace = structs.replace(pace, rate_per_second=rate)
        phase = run_step(context, pace, target)
        if is_doubtful(phase) and rate <= goal:
            phase = run_step(context, pace, target)
        steps.append(phase)
        rate = next_rate(steps, goal)
    return steps


def run_step(context: RunContext, pace: Pace, target: Capacity) -> Phase:
    title = f"{pace.rate_per_second:g}/s, list and ingest"
    return run_phase(
        context, title, context.plan(MIX, pace), held_slos(context, target)
    )


def held_slos(context: RunContext, target: Capacity) -> dict[str, Slo]:
    """Return the objectives that must hold while the capacity is used."""
    return {
        name: slo
        for name in target.holding
        if isinstance(slo := context.targets.find(name), Slo)
    }


def target_rate(target: Capacity) -> float:
    return target.rate.per_second if target.rate else 0.0


def judge_climb(context: RunContext, steps: list[Phase]) -> Measurement:
    """Judge the rate that each instance held against the target.

    Below the target the verdict is missed if the instances were the limit. If the
    limit was the generator, or the machine that it shares with the instances, nothing
    follows for an instance with a machine of its own: not measured, with the reason.
    """
    instances = max(1, len(context.addresses.metrics))
    knee = find_knee(steps, local=context.addresses.is_local, instances=instances)
    each = knee.held_per_second / instances
    target = context.targets.capacity["api"]
    verdict = Verdict.NOT_MEASURED
    if each >= target_rate(target):
        verdict = judge_holding(context, target, held_up_to_target(context, steps))
    elif knee.limit == "instance":
        verdict = Verdict.MISSED
    plural = "s" if instances > 1 else ""
    return Measurement(
        target=_API,
        value=each,
        unit=target.unit,
        verdict=verdict,
        detail=f"{knee.describe()}; on {instances} instance{plural}",
        samples=sum(step.stats.sent for step in steps),
        source=_SOURCE,
    )


def held_up_to_target(context: RunContext, steps: list[Phase]) -> list[Phase]:
    """Return the steps that held, up to the first at or above the target's rate."""
    instances = max(1, len(context.addresses.metrics))
    goal = target_rate(context.targets.capacity["api"]) * instances
    held = [step for step in steps if holds(step)]
    enough = min(rate_of(step) for step in held if rate_of(step) >= goal)
    return [step for step in held if rate_of(step) <= enough]


def judge_holding(context: RunContext, target: Capacity, held: list[Phase]) -> Verdict:
    """Judge the objectives and the memory limit at the target's rate."""
    verdicts = [verdict_of(held, name) for name in held[0].slos]
    for name in target.holding:
        limit = context.targets.find(name)
        if isinstance(limit, Limit) and limit.memory is not None:
            seen = [s.after.resident_bytes for s in held if s.after is not None]
            verdicts.append(judge_gauge(max(seen, default=None), limit=limit.value))
    return worst(verdicts)


def judge_users(context: RunContext, users: Phase) -> Measurement:
    target = context.targets.capacity["users-100"]
    parts = users.judge(_SOURCE)
    verdict = worst(part.verdict for part in parts)
    rate = users.stats.sent / users.plan.measured_seconds
    words = "; ".join(f"{part.target}: {part.detail}" for part in parts)
    return Measurement(
        target=_USERS,
        value=float(users.plan.users) if verdict is Verdict.MET else None,
        unit=target.unit,
        verdict=verdict,
        detail=f"closed model at {rate:.0f}/s; {words}",
        samples=users.stats.sent,
        source=_SOURCE,
    )


CAPACITY = Suite("capacity", "A fixed number of users, then a climbing rate", run)
