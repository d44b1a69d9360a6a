"""Expected workloads, nodes and the database, with their health."""

import asyncio
from datetime import UTC, datetime

from chaos.environments.cluster.api import KubernetesApi
from chaos.environments.cluster.health import read_database, read_node, read_workload
from chaos.environments.environment import Process
from exchange.platforms import ClusterPlatform, RedisWorkload

_WORKLOADS = {
    "deployments": "/apis/apps/v1/namespaces/{}/deployments",
    "statefulsets": "/apis/apps/v1/namespaces/{}/statefulsets",
    "rollouts": "/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts",
}


async def look(api: KubernetesApi, platform: ClusterPlatform) -> dict[str, Process]:
    """Return each by its name; raises ApiRefused or httpx.HTTPError."""
    lists = [
        api.list(path.format(place))
        for place in (platform.namespace, platform.data_namespace)
        for path in _WORKLOADS.values()
    ]
    workloads = await asyncio.gather(*lists)
    found = {
        one["metadata"]["name"]: read_workload(one)
        for listed in workloads
        for one in listed
    }
    nodes = await api.list("/api/v1/nodes")
    found |= {one["metadata"]["name"]: read_node(one) for one in nodes}
    database = read_database(await api.get(path_of_database(platform)))
    return found | {"database": database}


def path_of_database(platform: ClusterPlatform) -> str:
    """Return the API path of the database cluster."""
    place, name = platform.data_namespace, platform.database.cluster
    return f"/apis/postgresql.cnpg.io/v1/namespaces/{place}/clusters/{name}"


def path_of_store(platform: ClusterPlatform, store: RedisWorkload) -> str:
    """Return the API path of a Redis workload."""
    kind, _, name = store.workload.partition("/")
    return f"{_WORKLOADS[kind].format(platform.data_namespace)}/{name}"


async def promote(api: KubernetesApi, cluster: str, member: str) -> None:
    """Ask the operator to make `member` the primary; `cluster` is the path of both."""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    status = {
        "targetPrimary": member,
        "targetPrimaryTimestamp": at,
        "phase": "Switchover in progress",
        "phaseReason": f"Switching over to {member}",
    }
    await api.patch(f"{cluster}/status", {"status": status}, kind="merge")
