"""The steps that all experiments share: steady state, hold, settle, audit."""

import asyncio
from collections.abc import Awaitable, Callable

from chaos.api_client import Refused, Unanswered
from chaos.ledger.audit import audit
from chaos.ledger.resolve import resolve
from chaos.probes.flow import wait_for_flow
from chaos.probes.health import wait_until_healthy
from chaos.run_context import RunContext
from chaos.timeline import now, wait_until
from exchange.outcomes import Moment

_STEADY_SECONDS = 20.0


async def steady(context: RunContext) -> list[str]:
    """Check: healthy, acknowledging at the offered rate, finishing reports."""
    until = now() + _STEADY_SECONDS
    wrong = await wait_until_healthy(context.environment, until=until)
    if wrong:
        return [f"before the fault: {what}" for what in wrong]
    obstacles = await wait_for_flow(context.load, since=context.load.began, until=until)
    if not obstacles and context.load.rates.reports:
        obstacles = await _wait_for_a_report(context, until=until)
    return [f"before the fault: {what}" for what in obstacles]


async def _wait_for_a_report(context: RunContext, *, until: float) -> list[str]:
    finished = await wait_until(lambda: bool(context.watcher.done), until=until)
    return [] if finished else ["no report was finished"]


def for_seconds(seconds: float) -> Callable[[RunContext], Awaitable[None]]:
    """Hold the fault for a fixed time, counted from its beginning."""

    async def hold(context: RunContext) -> None:
        await asyncio.sleep(max(0.0, context.timeline.fault_at + seconds - now()))

    return hold


async def until_writes_flow(context: RunContext) -> None:
    """Hold the fault until writes flow again despite it, or the timeout expires."""
    fault_at = context.timeline.fault_at
    left = await wait_for_flow(
        context.load, since=fault_at, until=fault_at + timeout_seconds(context)
    )
    if not left:
        context.timeline.add_note("writes flow again")


async def settle(context: RunContext) -> None:
    """Wait for a healthy platform, stop the load, settle and audit the ledger."""
    undone_at = context.timeline.undone_at
    timeout = timeout_seconds(context)
    until = undone_at + timeout
    obstacles = await wait_for_flow(context.load, since=undone_at, until=until)
    context.problems = await wait_until_healthy(context.environment, until=until)
    context.problems += obstacles
    if not context.problems:
        context.recovered_at = now()
        moment = Moment(at=now(), what="the platform is whole again", kind="recovered")
        context.timeline.add(moment)
    await context.load.stop()
    try:
        await audit_ledger(context)
    except (Refused, Unanswered) as silence:
        context.timeline.add_note(f"nobody could take stock: {silence}")


async def audit_ledger(context: RunContext) -> None:
    """Wait for the jobs, replay unknown writes, compare ledger and platform.

    Raises Refused or Unanswered when the platform cannot be read.
    """
    until = now() + timeout_seconds(context)
    await context.watcher.drain(until=until)
    resolution = await resolve(context.client, context.ledger)
    await context.watcher.drain(until=until)
    context.audit = await audit(
        context.api,
        context.ledger,
        context.watcher,
        resolution=resolution,
        deadline_seconds=context.targets.recovery["drained"].value,
    )


def timeout_seconds(context: RunContext) -> float:
    """Return the longest recovery that this experiment's targets promise."""
    promised = context.targets.recovery
    shortest = promised["restored"].value
    if context.kind == "drill":
        return shortest
    source = f"{context.kind}:{context.experiment}"
    spans = [
        t.within.value for t in promised.values() if t.within and source in t.proof
    ]
    return max([shortest, *spans])
