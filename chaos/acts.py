"""The parts of the play that all experiments share: before, while and after."""

import asyncio
from collections.abc import Awaitable, Callable

from chaos.door import Refused, Unanswered
from chaos.ledger.audit import audit
from chaos.ledger.resolve import resolve
from chaos.patience import wait_until
from chaos.probes.flow import wait_for_flow
from chaos.probes.wholeness import wait_until_whole
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Moment

_STEADY_SECONDS = 20.0


async def steady(stage: Stage) -> list[str]:
    """Whole, acknowledging at the offered rate, and finishing reports."""
    until = now() + _STEADY_SECONDS
    wrong = await wait_until_whole(stage.environment, until=until)
    if wrong:
        return [f"before the fault: {what}" for what in wrong]
    obstacles = await wait_for_flow(stage.load, since=stage.load.began, until=until)
    if not obstacles and stage.load.rates.reports:
        obstacles = await _wait_for_a_report(stage, until=until)
    return [f"before the fault: {what}" for what in obstacles]


async def _wait_for_a_report(stage: Stage, *, until: float) -> list[str]:
    finished = await wait_until(lambda: bool(stage.watcher.done), until=until)
    return [] if finished else ["no report was finished"]


def for_seconds(seconds: float) -> Callable[[Stage], Awaitable[None]]:
    """Hold the fault for a fixed time, counted from its beginning."""

    async def hold(stage: Stage) -> None:
        await asyncio.sleep(max(0.0, stage.timeline.fault_at + seconds - now()))

    return hold


async def until_writes_flow(stage: Stage) -> None:
    """Hold the fault until writes flow again in spite of it, or patience ends."""
    fault_at = stage.timeline.fault_at
    left = await wait_for_flow(
        stage.load, since=fault_at, until=fault_at + patience_seconds(stage)
    )
    if not left:
        stage.timeline.note("writes flow again")


async def settle(stage: Stage) -> None:
    """Wait until the platform is whole, stop the load, settle and audit the ledger."""
    undone_at = stage.timeline.undone_at
    patience = patience_seconds(stage)
    until = undone_at + patience
    obstacles = await wait_for_flow(stage.load, since=undone_at, until=until)
    stage.still_wrong = await wait_until_whole(stage.environment, until=until)
    stage.still_wrong += obstacles
    if not stage.still_wrong:
        stage.whole_at = now()
        moment = Moment(at=now(), what="the platform is whole again", kind="recovered")
        stage.timeline.add(moment)
    await stage.load.stop()
    try:
        await take_stock(stage)
    except (Refused, Unanswered) as silence:
        stage.timeline.note(f"nobody could take stock: {silence}")


async def take_stock(stage: Stage) -> None:
    """Wait for the jobs, replay what nobody answered, compare ledger and platform.

    Raises Refused or Unanswered when the platform cannot be read.
    """
    until = now() + patience_seconds(stage)
    await stage.watcher.drain(until=until)
    resolution = await resolve(stage.client, stage.ledger)
    await stage.watcher.drain(until=until)
    stage.audit = await audit(
        stage.door,
        stage.ledger,
        stage.watcher,
        resolution=resolution,
        deadline_seconds=stage.targets.recovery["drained"].value,
    )


def patience_seconds(stage: Stage) -> float:
    """Nothing is waited for longer than the longest recovery that is promised here."""
    promised = stage.targets.recovery
    shortest = promised["restored"].value
    if stage.kind == "drill":
        return shortest
    source = f"{stage.kind}:{stage.experiment}"
    spans = [
        t.within.value for t in promised.values() if t.within and source in t.proof
    ]
    return max([shortest, *spans])
