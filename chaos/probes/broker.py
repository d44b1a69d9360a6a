"""Broker availability: its address answers as a leader that accepts writes."""

import asyncio

import redis.exceptions

from chaos.environments.environment import Environment, FaultTargetMissing
from chaos.environments.kubernetes import KubernetesEnvironment
from chaos.timeline import now

_POLL_SECONDS = 0.1
_LOST = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    redis.exceptions.ResponseError,
    OSError,
)


async def wait_until_leading(environment: Environment, *, until: float) -> float | None:
    """Return the time at which the broker was writable again; None if not in time."""
    while now() < until:
        if await leads(environment):
            return now()
        await asyncio.sleep(_POLL_SECONDS)
    return None


async def leads(environment: Environment) -> bool:
    """Return whether a connection to the broker may write now."""
    async with environment.redis("broker") as server:
        try:
            return bool(await server.set("holdfast:chaos:probe", "1", px=1000))
        except _LOST:
            return False


async def find_leading_pod(cluster: KubernetesEnvironment) -> str:
    """Return the pod behind the broker's address; raises FaultTargetMissing."""
    async with cluster.redis("broker") as server:
        here = await server.client_info()
    address = str(here["laddr"]).rpartition(":")[0]
    selector = cluster.platform.redis["broker"].pods
    for pod in await cluster.pods(cluster.platform.data_namespace, selector):
        if pod.ip == address:
            return pod.name
    raise FaultTargetMissing(f"no pod of the broker has the address {address}")
