"""Steps that hold a fault on Kubernetes until its expected effect has happened."""

import asyncio

from chaos.claims.cluster import LEADS_AGAIN, PROMOTED, ROLLED_BACK
from chaos.environments.kubernetes import on_kubernetes
from chaos.faults.nodes import find_successor
from chaos.faults.releases import find_release
from chaos.probes.broker import wait_until_leading
from chaos.probes.health import find_leader, wait_until_healthy
from chaos.run_context import RunContext
from chaos.steps import steady, timeout_seconds
from chaos.timeline import now

_POLL_SECONDS = 0.5
_BY_ITSELF_SECONDS = 240.0
"""A release with longer holds is promoted by hand: their length proves nothing."""
_PROMOTED_SECONDS = 120.0
_CALM_SECONDS = 25.0
"""An API instance closes a connection from its operator after 20 s idle. If one is
open when a node is cut off, the operator waits half a minute for a response.
"""


async def steady_with_primary_apart(context: RunContext) -> list[str]:
    """Check for a steady state, with the primary on a node that the quorum can lose.

    Effects of moving the primary there are not counted as part of the fault.
    """
    cluster = on_kubernetes(context.environment)
    pods = await cluster.database_pods()
    successor = find_successor(pods, cluster.platform.nodes)
    if successor is None:
        return await steady(context)
    context.timeline.add_note(
        f"{successor.name} leads first, so that it can be cut off"
    )
    await cluster.promote(successor.name)
    until = now() + timeout_seconds(context)
    while now() < until:
        if await _find_leader(context) == successor.name:
            break
        await asyncio.sleep(_POLL_SECONDS)
    wrong = await wait_until_healthy(context.environment, until=until)
    await asyncio.sleep(0 if wrong else _CALM_SECONDS)
    return await steady(context)


async def until_broker_leads(context: RunContext) -> None:
    """Wait until the broker address has a leader or the timeout expires."""
    until = context.timeline.fault_at + timeout_seconds(context)
    if await wait_until_leading(context.environment, until=until) is not None:
        context.timeline.add_note(LEADS_AGAIN)


async def until_promoted(context: RunContext) -> None:
    """Wait until the release is fully promoted, by hand if its steps are long."""
    releases = on_kubernetes(context.environment).releases
    by_itself = context.timeline.fault_at + _BY_ITSELF_SECONDS
    pushed = False
    while now() < by_itself + _PROMOTED_SECONDS:
        seen = await releases.look()
        if seen.aborted:
            context.timeline.add_note(f"the release was aborted: {seen.message}")
            return
        if seen.settled:
            context.timeline.add_note(PROMOTED)
            return
        if not pushed and now() > by_itself:
            context.timeline.add_note("the rest of the steps is skipped by hand")
            await releases.promote()
            pushed = True
        await asyncio.sleep(_POLL_SECONDS)


async def until_rolled_back(context: RunContext) -> None:
    """Wait until the bad release has no pods, is fully promoted, or the timeout."""
    cluster = on_kubernetes(context.environment)
    stable = (await cluster.releases.look()).stable
    limit = context.targets.rollout["rolled-back"].value
    told = False
    while now() < context.timeline.fault_at + limit * 1.5:
        seen = await cluster.releases.look()
        if seen.stable != stable:
            context.timeline.add_note(PROMOTED)
            return
        if seen.aborted and not told:
            context.timeline.add_note(f"the release was aborted: {seen.message}")
            told = True
        if seen.aborted and not await find_release(cluster, other_than=stable):
            context.timeline.add_note(ROLLED_BACK)
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _find_leader(context: RunContext) -> str:
    try:
        return await find_leader(context.environment)
    except LookupError:
        return ""
