"""What a drill must show: seen in time, by checks that see, helped, and over."""

from chaos.claims.judging import judge_none, judge_seconds, judge_share_of_one, miss
from chaos.drills.drill import Drill, Notes
from chaos.drills.pages import Story
from chaos.experiment import Claim
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Measurement


def fires_as_predicted(drill: Drill, notes: Notes) -> Claim[Stage]:
    """The alert fired within the time that its rule predicts, and told somebody."""

    async def claim(stage: Stage) -> Measurement:
        predicted = notes.prediction.seconds_after_total_failure
        detail = f"{drill.alert} never fired, predicted was {predicted:g} s"
        if notes.fired_at is not None:
            seconds = notes.fired_at - stage.timeline.fault_at
            detail = f"fired after {seconds:.1f} s, predicted were {predicted:g} s"
        if notes.fired_at is not None and notes.told_at is None:
            detail += ", but Alertmanager was not told"
        in_time = (
            notes.fired_at is not None
            and notes.told_at is not None
            and notes.fired_at - stage.timeline.fault_at <= predicted
        )
        return judge_share_of_one(
            stage, notes.prediction.target, held=in_time, detail=detail
        )

    return claim


def detected(drill: Drill, notes: Notes) -> Claim[Stage]:
    """From the death to the alert."""

    async def claim(stage: Stage) -> Measurement:
        target, fault_at = "recovery.drill-detected", stage.timeline.fault_at
        if notes.fired_at is None:
            return miss(stage, target, now() - fault_at, f"{drill.alert} never fired")
        predicted = notes.prediction.seconds_after_total_failure
        detail = f"{drill.alert}, predicted within {predicted:g} s"
        seconds = notes.fired_at - fault_at
        return judge_seconds(stage, target, seconds, detail, samples=1)

    return claim


def page_sees(drill: Drill, notes: Notes) -> Claim[Stage]:
    """Every check of the page answers otherwise in illness than in health."""

    async def claim(stage: Stage) -> Measurement:
        blind = find_blind_steps(notes.well, ill=False)
        blind += find_blind_steps(notes.ill, ill=True)
        asked = sum(len(story.steps) for story in (notes.well, notes.ill) if story)
        detail = "; ".join(blind) or f"{asked} answers of {drill.page} were right"
        if not (notes.well and notes.ill):
            blind.append("not asked in both states")
            detail = f"{drill.page} was not asked in both states"
        target = "recovery.drill-blind-steps"
        return judge_none(stage, target, len(blind), detail, looked_at=asked)

    return claim


def recovered(drill: Drill, notes: Notes) -> Claim[Stage]:
    """From the death until the platform was whole, because its page was followed."""

    async def claim(stage: Stage) -> Measurement:
        target, fault_at = "recovery.mttr", stage.timeline.fault_at
        ending = notes.walk.ending if notes.walk else "was not followed"
        if stage.whole_at is None or ending != "better":
            wrong = "; ".join(stage.still_wrong) or f"{drill.page}: {ending}"
            return miss(stage, target, now() - fault_at, wrong)
        parts = [f"alert {_since(notes.fired_at, fault_at)}"]
        parts += [f"component {_since(notes.helped_at, fault_at)}"]
        detail = f"{drill.page} followed: {', '.join(parts)} after the fault"
        seconds = stage.whole_at - fault_at
        return judge_seconds(stage, target, seconds, detail, samples=1)

    return claim


def resolves(drill: Drill, notes: Notes) -> Claim[Stage]:
    """The alert is gone from Prometheus and Alertmanager as soon as predicted."""

    async def claim(stage: Stage) -> Measurement:
        target = "recovery.drill-unresolved"
        predicted = notes.prediction.resolves_within_seconds
        if notes.fired_at is None or notes.helped_at is None:
            detail = f"{drill.alert} never fired, or its page did not act"
            return judge_none(stage, target, 1, detail, looked_at=1)
        if notes.resolved_at is None:
            detail = f"{drill.alert} still stands"
            return judge_none(stage, target, 1, detail, looked_at=1)
        seconds = notes.resolved_at - notes.helped_at
        detail = f"silent {seconds:.1f} s after the act, predicted {predicted:g} s"
        late = int(seconds > predicted)
        return judge_none(stage, target, late, detail, looked_at=1)

    return claim


def find_blind_steps(story: Story | None, *, ill: bool) -> list[str]:
    """Checks and verifies that answered against the state that they were asked in."""
    state = "illness" if ill else "health"
    return [
        f"{step.kind} {step.id} sees {'health' if ill else 'illness'} in {state}"
        for step in (story.steps if story else [])
        if step.matched is not (ill == (step.kind == "check"))
    ]


def _since(at: float | None, fault_at: float) -> str:
    return "never" if at is None else f"{at - fault_at:.0f} s"
