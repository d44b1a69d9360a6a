"""A node cut off from the network in both directions, with all its pods."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from chaos.environments.cluster.health import find_primary
from chaos.environments.cluster.pods import Pod, read_time
from chaos.environments.environment import EnvironmentUnsuitable
from chaos.environments.kubernetes import KubernetesEnvironment
from chaos.experiment import FaultRecord
from chaos.timeline import now

_LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}"
_SILENT_SECONDS = 20.0
"""A kubelet reports every ten seconds: this is two missed reports."""


class CommandFailed(Exception):
    """The command that cuts or heals a node failed."""


@asynccontextmanager
async def node_cut_off(cluster: KubernetesEnvironment) -> AsyncGenerator[FaultRecord]:
    """Cut off the primary's node, or another with fewer database members."""
    pods = await cluster.database_pods()
    name, why = choose_node(pods, cluster.platform.nodes)
    node = cluster.platform.nodes[name]
    at = now()
    try:
        await _run(node.cut)

        async def evidence() -> str | None:
            lease = await cluster.api.get(_LEASE.format(name))
            silent = now() - read_time(lease["spec"]["renewTime"])
            if silent < _SILENT_SECONDS:
                return None
            return f"{name} has not been heard for {silent:.0f} s"

        yield FaultRecord(
            at=at, what=f"{name} was cut off: {why} runs there", evidence=evidence
        )
    finally:
        await asyncio.shield(_run(node.heal))


def choose_node(pods: list[Pod], nodes: Mapping[str, object]) -> tuple[str, str]:
    """Return the node to cut off, and a description of its database members.

    Raises EnvironmentUnsuitable.
    """
    members = Counter(pod.node for pod in pods)
    possible = find_nodes(pods, nodes)
    primary = find_primary(pods)
    if primary is not None and primary.node in possible:
        return primary.node, f"the primary {primary.name}"
    name = max(possible, key=lambda each: members[each])
    return name, f"{members[name]} of {len(pods)} members of the database"


def find_successor(pods: list[Pod], nodes: Mapping[str, object]) -> Pod | None:
    """Return the member to promote so that the node with the primary can be cut off.

    None if the primary's node can be cut off already, or if no member is able to lead.
    Raises EnvironmentUnsuitable.
    """
    possible = find_nodes(pods, nodes)
    primary = find_primary(pods)
    if primary is None or primary.node in possible:
        return None
    return next((pod for pod in pods if pod.node in possible and pod.ready), None)


def find_nodes(pods: list[Pod], nodes: Mapping[str, object]) -> list[str]:
    """Return the nodes whose loss leaves a majority of the members.

    Raises EnvironmentUnsuitable if there is none: without a majority writes must stop,
    and there is no recovery to measure.
    """
    members = Counter(pod.node for pod in pods)
    majority = len(pods) // 2 + 1
    possible = [name for name in nodes if len(pods) - members[name] >= majority]
    if not possible:
        held = ", ".join(f"{name} holds {members[name]}" for name in nodes)
        raise EnvironmentUnsuitable(
            f"no node can be cut off: {held or 'none is published'}, "
            f"and {majority} of {len(pods)} members must be left"
        )
    return possible


async def _run(command: Sequence[str]) -> None:
    """Run the command; in its own session, so that Ctrl-C cannot stop it."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        words = said.decode(errors="replace").strip()
        raise CommandFailed(f"{' '.join(command)}: {words}")
