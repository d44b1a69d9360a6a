"""Claims of a drill: alert on time, checks that discriminate, recovery, resolution."""

from chaos.claims.judging import judge_none, judge_seconds, judge_share_of_one, miss
from chaos.drills.drill import Drill, DrillRecord
from chaos.drills.pages import PageRun
from chaos.experiment import Claim
from chaos.run_context import RunContext
from chaos.timeline import now
from exchange.outcomes import Measurement


def fires_as_predicted(drill: Drill, record: DrillRecord) -> Claim[RunContext]:
    """Require the alert to fire within its rule's predicted time and be delivered."""

    async def claim(context: RunContext) -> Measurement:
        predicted = record.prediction.seconds_after_total_failure
        detail = f"{drill.alert} never fired, predicted was {predicted:g} s"
        if record.fired_at is not None:
            seconds = record.fired_at - context.timeline.fault_at
            detail = f"fired after {seconds:.1f} s, predicted were {predicted:g} s"
        if record.fired_at is not None and record.notified_at is None:
            detail += ", but Alertmanager was not told"
        in_time = (
            record.fired_at is not None
            and record.notified_at is not None
            and record.fired_at - context.timeline.fault_at <= predicted
        )
        return judge_share_of_one(
            context, record.prediction.target, held=in_time, detail=detail
        )

    return claim


def detected(drill: Drill, record: DrillRecord) -> Claim[RunContext]:
    """Measure from the death to the alert."""

    async def claim(context: RunContext) -> Measurement:
        target, fault_at = "recovery.drill-detected", context.timeline.fault_at
        if record.fired_at is None:
            return miss(context, target, now() - fault_at, f"{drill.alert} never fired")
        predicted = record.prediction.seconds_after_total_failure
        detail = f"{drill.alert}, predicted within {predicted:g} s"
        seconds = record.fired_at - fault_at
        return judge_seconds(context, target, seconds, detail, samples=1)

    return claim


def page_sees(drill: Drill, record: DrillRecord) -> Claim[RunContext]:
    """Require every check of the page to differ between fault and health."""

    async def claim(context: RunContext) -> Measurement:
        blind = find_wrong_steps(record.checks_before, ill=False)
        blind += find_wrong_steps(record.checks_during, ill=True)
        asked = sum(
            len(story.steps)
            for story in (record.checks_before, record.checks_during)
            if story
        )
        detail = "; ".join(blind) or f"{asked} answers of {drill.page} were right"
        if not (record.checks_before and record.checks_during):
            blind.append("not asked in both states")
            detail = f"{drill.page} was not asked in both states"
        target = "recovery.drill-blind-steps"
        return judge_none(context, target, len(blind), detail, looked_at=asked)

    return claim


def recovered(drill: Drill, record: DrillRecord) -> Claim[RunContext]:
    """Measure from the death until the platform is healthy after following the page."""

    async def claim(context: RunContext) -> Measurement:
        target, fault_at = "recovery.mttr", context.timeline.fault_at
        ending = record.page_run.ending if record.page_run else "was not followed"
        if context.recovered_at is None or ending != "better":
            wrong = "; ".join(context.problems) or f"{drill.page}: {ending}"
            return miss(context, target, now() - fault_at, wrong)
        parts = [f"alert {_since(record.fired_at, fault_at)}"]
        parts += [f"component {_since(record.repaired_at, fault_at)}"]
        detail = f"{drill.page} followed: {', '.join(parts)} after the fault"
        seconds = context.recovered_at - fault_at
        return judge_seconds(context, target, seconds, detail, samples=1)

    return claim


def resolves(drill: Drill, record: DrillRecord) -> Claim[RunContext]:
    """Require the alert to resolve in both sources within the predicted time."""

    async def claim(context: RunContext) -> Measurement:
        target = "recovery.drill-unresolved"
        predicted = record.prediction.resolves_within_seconds
        if record.fired_at is None or record.repaired_at is None:
            detail = f"{drill.alert} never fired, or its page did not act"
            return judge_none(context, target, 1, detail, looked_at=1)
        if record.resolved_at is None:
            detail = f"{drill.alert} still stands"
            return judge_none(context, target, 1, detail, looked_at=1)
        seconds = record.resolved_at - record.repaired_at
        detail = f"silent {seconds:.1f} s after the act, predicted {predicted:g} s"
        late = int(seconds > predicted)
        return judge_none(context, target, late, detail, looked_at=1)

    return claim


def find_wrong_steps(story: PageRun | None, *, ill: bool) -> list[str]:
    """Return checks and verify steps whose result contradicts the platform's state."""
    state = "illness" if ill else "health"
    return [
        f"{step.kind} {step.id} sees {'health' if ill else 'illness'} in {state}"
        for step in (story.steps if story else [])
        if step.matched is not (ill == (step.kind == "check"))
    ]


def _since(at: float | None, fault_at: float) -> str:
    return "never" if at is None else f"{at - fault_at:.0f} s"
