"""Every drill by name, in the order of a full run."""

from chaos.drills.drill import Drill
from chaos.probes.health import find_leader
from chaos.run_context import RunContext


async def _first_instance(context: RunContext) -> str:
    return context.environment.api_instances[0]


async def _first_worker(context: RunContext) -> str:
    return context.environment.workers[0]


async def _leader(context: RunContext) -> str:
    return await find_leader(context.environment)


async def _broker(_: RunContext) -> str:
    return "broker"


async def _cache(_: RunContext) -> str:
    return "cache"


DRILLS: dict[str, Drill] = {
    drill.name: drill
    for drill in (
        Drill(
            name="api-instance-down",
            title="An API instance is down",
            alert="HoldfastApiInstanceDown",
            page="api-instance-down",
            fault_target=_first_instance,
        ),
        Drill(
            name="worker-down",
            title="A worker is down",
            alert="HoldfastWorkerDown",
            page="worker-down",
            fault_target=_first_worker,
        ),
        Drill(
            name="database-member-down",
            title="The database's leader is down",
            alert="HoldfastDatabaseMemberDown",
            page="database-member-down",
            fault_target=_leader,
        ),
        Drill(
            name="broker-down",
            title="The broker is down",
            alert="HoldfastBrokerDown",
            page="broker-down",
            fault_target=_broker,
        ),
        Drill(
            name="cache-down",
            title="The cache is down",
            alert="HoldfastCacheDown",
            page="cache-down",
            fault_target=_cache,
        ),
    )
}
