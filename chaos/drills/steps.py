"""The steps of a drill: steady state, fault until the alert, page, settling."""

from collections.abc import Awaitable, Callable
from typing import Final

from chaos import steps
from chaos.drills.alerts import AlertsUnreachable, State
from chaos.drills.drill import Drill, DrillRecord
from chaos.drills.pages import PageFailed, PageRun, Pages
from chaos.run_context import RunContext
from chaos.timeline import now, wait_until
from exchange.outcomes import Moment

_LATE: Final = 1.5
"""An alert this many times later than predicted is treated as missing."""
_SILENT_SECONDS: Final = 90.0

Act = Callable[[RunContext], Awaitable[None]]


def steady_and_silent(
    drill: Drill, record: DrillRecord, pages: Pages
) -> Callable[[RunContext], Awaitable[list[str]]]:
    """Check: platform steady, alert inactive, the page's checks healthy."""

    async def steady(context: RunContext) -> list[str]:
        record.watch.follows = drill.alert
        record.watch.listener = context.timeline.add_note
        try:
            await record.watch.look()
        except AlertsUnreachable as unwatched:
            return [f"before the fault: nobody watches: {unwatched}"]
        complaints = await steps.steady(context)
        if complaints:
            return complaints
        await wait_until(
            lambda: record.watch.state_of(drill.alert) is None,
            until=now() + _SILENT_SECONDS,
        )
        if record.watch.state_of(drill.alert) is not None:
            return [f"before the fault: {drill.alert} stands already"]
        record.checks_before = await _ask_page(drill, context, pages)
        return []

    return steady


def until_the_page_repaired(drill: Drill, record: DrillRecord, pages: Pages) -> Act:
    """Hold the fault until its alert fires, then follow the page."""

    async def hold(context: RunContext) -> None:
        if await _wait_for_state(drill, record, context, {"pending", "firing"}):
            record.checks_during = await _ask_page(drill, context, pages)
        if not await _wait_for_alert(drill, record, context):
            context.timeline.add_note(f"{drill.alert} did not fire")
            return
        try:
            record.page_run = await pages.follow(drill.page)
        except PageFailed as silence:
            context.timeline.add_note(
                f"the page {drill.page} could not be run: {silence}"
            )
            return
        for step in record.page_run.steps:
            at = step.began + step.seconds
            words = dict.fromkeys((step.kind, step.id))
            note = f"{' '.join(words)} ended after {step.seconds:.1f} s"
            context.timeline.add(Moment(at=at, what=note, kind="note"))
            if step.kind == "act":
                record.repaired_at = at
        context.timeline.add_note(
            f"the page {drill.page} ends: {record.page_run.ending}"
        )

    return hold


def settle_until_silent(drill: Drill, record: DrillRecord) -> Act:
    """Wait until the alert is gone from both, then for everything else."""

    async def settle(context: RunContext) -> None:
        if record.fired_at is not None:
            await _wait_for_silence(drill, record)
        await steps.settle(context)

    return settle


async def _wait_for_alert(
    drill: Drill, record: DrillRecord, context: RunContext
) -> bool:
    """Return whether the alert fires and reaches Alertmanager before the timeout."""
    if not await _wait_for_state(drill, record, context, {"firing"}):
        return False
    record.fired_at = next(
        span.began
        for span in record.watch.spans
        if span.alert == drill.alert and span.state == "firing"
    )
    told = await wait_until(
        lambda: drill.alert in record.watch.told, until=now() + drill.notify_seconds
    )
    record.notified_at = now() if told else None
    return True


async def _wait_for_state(
    drill: Drill, record: DrillRecord, context: RunContext, wanted: set[State]
) -> bool:
    timeout = record.prediction.seconds_after_total_failure * _LATE
    return await wait_until(
        lambda: record.watch.state_of(drill.alert) in wanted,
        until=context.timeline.fault_at + timeout,
    )


async def _wait_for_silence(drill: Drill, record: DrillRecord) -> None:
    def gone() -> bool:
        stands = record.watch.state_of(drill.alert) is not None
        return not stands and drill.alert not in record.watch.told

    repaired_at = record.repaired_at or now()
    timeout = record.prediction.resolves_within_seconds * _LATE
    if await wait_until(gone, until=repaired_at + timeout + drill.notify_seconds):
        record.resolved_at = now()


async def _ask_page(drill: Drill, context: RunContext, pages: Pages) -> PageRun | None:
    try:
        return await pages.probe(drill.page)
    except PageFailed as silence:
        context.timeline.add_note(
            f"the page {drill.page} could not be asked: {silence}"
        )
        return None
