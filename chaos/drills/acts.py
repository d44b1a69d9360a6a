"""The play of a drill: silence, a death, the alert, the page, and silence again."""

from collections.abc import Awaitable, Callable
from typing import Final

from chaos import acts
from chaos.drills.alerts import State, Unwatched
from chaos.drills.drill import Drill, Notes
from chaos.drills.pages import Pages, PageSilent, Story
from chaos.patience import wait_until
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Moment

_LATE: Final = 1.5
"""An alert that is this many times later than predicted will not come."""
_SILENT_SECONDS: Final = 90.0

Act = Callable[[Stage], Awaitable[None]]


def steady_and_silent(
    drill: Drill, notes: Notes, pages: Pages
) -> Callable[[Stage], Awaitable[list[str]]]:
    """Whole and flowing, watched, the alert silent; the page's checks see health."""

    async def steady(stage: Stage) -> list[str]:
        notes.watch.follows = drill.alert
        notes.watch.listener = stage.timeline.note
        try:
            await notes.watch.look()
        except Unwatched as unwatched:
            return [f"before the fault: nobody watches: {unwatched}"]
        complaints = await acts.steady(stage)
        if complaints:
            return complaints
        await wait_until(
            lambda: notes.watch.state_of(drill.alert) is None,
            until=now() + _SILENT_SECONDS,
        )
        if notes.watch.state_of(drill.alert) is not None:
            return [f"before the fault: {drill.alert} stands already"]
        notes.well = await _ask_page(drill, stage, pages)
        return []

    return steady


def until_the_page_helped(drill: Drill, notes: Notes, pages: Pages) -> Act:
    """Hold the fault until its alert fires, then follow the page."""

    async def hold(stage: Stage) -> None:
        if await _wait_for_state(drill, notes, stage, {"pending", "firing"}):
            notes.ill = await _ask_page(drill, stage, pages)
        if not await _wait_for_alert(drill, notes, stage):
            stage.timeline.note(f"{drill.alert} did not fire")
            return
        try:
            notes.walk = await pages.follow(drill.page)
        except PageSilent as silence:
            stage.timeline.note(f"the page {drill.page} could not be run: {silence}")
            return
        for step in notes.walk.steps:
            at = step.began + step.seconds
            words = dict.fromkeys((step.kind, step.id))
            note = f"{' '.join(words)} ended after {step.seconds:.1f} s"
            stage.timeline.add(Moment(at=at, what=note, kind="note"))
            if step.kind == "act":
                notes.helped_at = at
        stage.timeline.note(f"the page {drill.page} ends: {notes.walk.ending}")

    return hold


def settle_until_silent(drill: Drill, notes: Notes) -> Act:
    """Wait until the alert is gone from both, then for everything else."""

    async def settle(stage: Stage) -> None:
        if notes.fired_at is not None:
            await _wait_for_silence(drill, notes)
        await acts.settle(stage)

    return settle


async def _wait_for_alert(drill: Drill, notes: Notes, stage: Stage) -> bool:
    """Whether it fires, and reaches Alertmanager, before patience ends."""
    if not await _wait_for_state(drill, notes, stage, {"firing"}):
        return False
    notes.fired_at = next(
        span.began
        for span in notes.watch.spans
        if span.alert == drill.alert and span.state == "firing"
    )
    told = await wait_until(
        lambda: drill.alert in notes.watch.told, until=now() + drill.tell_seconds
    )
    notes.told_at = now() if told else None
    return True


async def _wait_for_state(
    drill: Drill, notes: Notes, stage: Stage, wanted: set[State]
) -> bool:
    patience = notes.prediction.seconds_after_total_failure * _LATE
    return await wait_until(
        lambda: notes.watch.state_of(drill.alert) in wanted,
        until=stage.timeline.fault_at + patience,
    )


async def _wait_for_silence(drill: Drill, notes: Notes) -> None:
    def gone() -> bool:
        stands = notes.watch.state_of(drill.alert) is not None
        return not stands and drill.alert not in notes.watch.told

    helped_at = notes.helped_at or now()
    patience = notes.prediction.resolves_within_seconds * _LATE
    if await wait_until(gone, until=helped_at + patience + drill.tell_seconds):
        notes.resolved_at = now()


async def _ask_page(drill: Drill, stage: Stage, pages: Pages) -> Story | None:
    try:
        return await pages.probe(drill.page)
    except PageSilent as silence:
        stage.timeline.note(f"the page {drill.page} could not be asked: {silence}")
        return None
