"""The pod that leads the broker: the one behind its address now."""

from chaos.environments.environment import VictimMissing
from chaos.environments.kubernetes import KubernetesEnvironment


async def find_leading_pod(cluster: KubernetesEnvironment) -> str:
    """The pod that answers at the broker's own address; raises VictimMissing."""
    async with cluster.redis("broker") as server:
        here = await server.client_info()
    address = str(here["laddr"]).rpartition(":")[0]
    selector = cluster.platform.redis["broker"].pods
    for pod in await cluster.pods(cluster.platform.data_namespace, selector):
        if pod.ip == address:
            return pod.name
    raise VictimMissing(f"no pod of the broker has the address {address}")
