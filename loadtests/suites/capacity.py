"""How much is carried: a crowd of users, then a rate that climbs until it breaks."""

from collections.abc import Iterable

from msgspec import Struct, structs

from loadtests.phase import Phase, Stage, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, Request, Suite
from loadtests.verdicts import count_bad
from targets.families import Capacity, Limit, Slo
from targets.verdict import Measurement, Verdict, judge_gauge, judge_share, worst

MIX = {
    "analyst.list_recent": 60,
    "analyst.list_filtered": 10,
    "integrator.record_event": 30,
}
STEP = Pace(rate_per_second=100.0, seconds=10.0, warm_up_seconds=2.0)
CROWD = Pace(rate_per_second=0.0, seconds=45.0, warm_up_seconds=2.0)
GROWTH = 1.4
_SOURCE = "load:capacity"
_API = "capacity.api"
_USERS = "capacity.users-100"


class Knee(Struct, frozen=True):
    """The highest rate that held, and what ended the climb (nothing: the goal)."""

    held_per_second: float
    stopped_at_per_second: float | None
    because: str
    broke: bool


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
        facts={"knee": describe_knee(find_knee(steps))},
    )


def run_crowd(stage: Stage) -> Phase:
    """As many users as promised, each waiting for the answer and then thinking."""
    promise = stage.targets.capacity["users-100"]
    plan = structs.replace(
        stage.plan(MIX, CROWD), model="closed", users=promise.users or 0
    )
    return run_phase(stage, f"{plan.users} users", plan, held_slos(stage, promise))


def climb(stage: Stage, request: Request) -> list[Phase]:
    """Raise the arrival rate until a promise surely breaks, or the goal is reached.

    A step that is too close to the line is no end: the next one is clearer. A step
    whose generator was late gets a second chance: neighbours may be noisy.
    """
    promise = stage.targets.capacity["api"]
    goal = wanted_rate(promise) * max(1, len(stage.where.metrics))
    pace = request.settle(STEP)
    steps: list[Phase] = []
    while True:
        pace = structs.replace(pace, rate_per_second=min(pace.rate_per_second, goal))
        phase = run_step(stage, pace, promise)
        if phase.flaws:
            phase = run_step(stage, pace, promise)
        steps.append(phase)
        if pace.rate_per_second >= goal or phase.flaws or phase.broken():
            return steps
        faster = round(pace.rate_per_second * GROWTH)
        pace = structs.replace(pace, rate_per_second=faster)


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


def verdict_of(phases: Iterable[Phase], name: str) -> Verdict:
    """One promise over the requests of several phases together."""
    pairs = [count_bad(phase.slos[name], phase.tally) for phase in phases]
    allowed = next(phase.slos[name].bad_share for phase in phases)
    return judge_share(
        sum(bad for bad, _ in pairs), sum(total for _, total in pairs), allowed=allowed
    )


def holds(phase: Phase) -> bool:
    """Latency surely within its promise and nothing surely broken.

    One step is too short to prove an error budget; all held steps together are asked.
    """
    if phase.flaws or phase.broken():
        return False
    slow = [name for name, slo in phase.slos.items() if slo.p95 is not None]
    return all(verdict_of([phase], name) is Verdict.MET for name in slow)


def find_knee(steps: list[Phase]) -> Knee:
    held = max((s.plan.rate_per_second for s in steps if holds(s)), default=0.0)
    last = steps[-1]
    if holds(last):
        return Knee(held, None, "the promise was reached", broke=False)
    at = last.plan.rate_per_second
    if last.flaws:
        return Knee(held, at, "; ".join(last.flaws), broke=False)
    because = ", ".join(last.broken())
    return Knee(held, at, because or "too close to the line to say", bool(because))


def describe_knee(knee: Knee) -> str:
    if knee.stopped_at_per_second is None:
        return f"held {knee.held_per_second:g}/s: {knee.because}"
    what = "broke" if knee.broke else "not decided"
    at = f"{knee.stopped_at_per_second:g}/s"
    return f"held {knee.held_per_second:g}/s, {what} at {at}: {knee.because}"


def judge_climb(stage: Stage, steps: list[Phase]) -> Measurement:
    """The held rate per instance against the promise.

    Missing it while the generator and the servers share the cores says nothing about
    an instance that has the machine to itself: that is not measured.
    """
    instances = max(1, len(stage.where.metrics))
    knee = find_knee(steps)
    each = knee.held_per_second / instances
    promise = stage.targets.capacity["api"]
    detail = (
        f"{describe_knee(knee)}; on {instances} instance{'s' if instances > 1 else ''}"
    )
    verdict = Verdict.NOT_MEASURED
    if each >= wanted_rate(promise):
        verdict = judge_holding(stage, promise, [s for s in steps if holds(s)])
    elif stage.where.is_local:
        detail += "; load, servers and databases share this machine's cores"
    elif knee.broke:
        verdict = Verdict.MISSED
    return Measurement(
        target=_API,
        value=each,
        unit=promise.unit,
        verdict=verdict,
        detail=detail,
        samples=sum(step.tally.sent for step in steps),
        source=_SOURCE,
    )


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
