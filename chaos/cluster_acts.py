"""How long faults on Kubernetes are held: until what they are about has happened."""

import asyncio

from chaos.acts import patience_seconds, steady
from chaos.claims.cluster import LEADS_AGAIN, PROMOTED, ROLLED_BACK
from chaos.environments.cluster.presence import on_kubernetes
from chaos.faults.nodes import find_successor
from chaos.faults.releases import find_release
from chaos.probes.broker import wait_until_leading
from chaos.probes.wholeness import find_leader, wait_until_whole
from chaos.stage import Stage
from chaos.timeline import now

_POLL_SECONDS = 0.5
_BY_ITSELF_SECONDS = 240.0
"""A release with longer holds is promoted by hand: how long they are proves nothing."""
_PROMOTED_SECONDS = 120.0
_CALM_SECONDS = 25.0
"""An instance closes a connection of its operator that was idle for twenty. Over one
that is open when a node is cut off, the operator waits half a minute for an answer.
"""


async def steady_with_primary_apart(stage: Stage) -> list[str]:
    """Steady, with the primary on a node that the others can do without.

    Where it had to be moved, what the move left behind is no part of the fault.
    """
    cluster = on_kubernetes(stage.environment)
    pods = await cluster.database_pods()
    successor = find_successor(pods, cluster.platform.nodes)
    if successor is None:
        return await steady(stage)
    stage.timeline.note(f"{successor.name} leads first, so that it can be cut off")
    await cluster.promote(successor.name)
    until = now() + patience_seconds(stage)
    while now() < until:
        if await _find_leader(stage) == successor.name:
            break
        await asyncio.sleep(_POLL_SECONDS)
    wrong = await wait_until_whole(stage.environment, until=until)
    await asyncio.sleep(0 if wrong else _CALM_SECONDS)
    return await steady(stage)


async def until_broker_leads(stage: Stage) -> None:
    """Until somebody leads at the broker's address, or patience ends."""
    until = stage.timeline.fault_at + patience_seconds(stage)
    if await wait_until_leading(stage.environment, until=until) is not None:
        stage.timeline.note(LEADS_AGAIN)


async def until_promoted(stage: Stage) -> None:
    """Until the release serves everybody, promoted by hand if its steps are long."""
    releases = on_kubernetes(stage.environment).releases
    by_itself = stage.timeline.fault_at + _BY_ITSELF_SECONDS
    pushed = False
    while now() < by_itself + _PROMOTED_SECONDS:
        seen = await releases.look()
        if seen.aborted:
            stage.timeline.note(f"the release was aborted: {seen.message}")
            return
        if seen.settled:
            stage.timeline.note(PROMOTED)
            return
        if not pushed and now() > by_itself:
            stage.timeline.note("the rest of the steps is skipped by hand")
            await releases.promote()
            pushed = True
        await asyncio.sleep(_POLL_SECONDS)


async def until_rolled_back(stage: Stage) -> None:
    """Until no pod of the bad release is left, or it serves everybody, or patience."""
    cluster = on_kubernetes(stage.environment)
    stable = (await cluster.releases.look()).stable
    limit = stage.targets.rollout["rolled-back"].value
    told = False
    while now() < stage.timeline.fault_at + limit * 1.5:
        seen = await cluster.releases.look()
        if seen.stable != stable:
            stage.timeline.note(PROMOTED)
            return
        if seen.aborted and not told:
            stage.timeline.note(f"the release was aborted: {seen.message}")
            told = True
        if seen.aborted and not await find_release(cluster, other_than=stable):
            stage.timeline.note(ROLLED_BACK)
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _find_leader(stage: Stage) -> str:
    try:
        return await find_leader(stage.environment)
    except LookupError:
        return ""
