"""Every drill by name, in the order in which a full drill plays them."""

from chaos.drills.drill import Drill
from chaos.probes.wholeness import find_leader
from chaos.stage import Stage


async def _first_instance(stage: Stage) -> str:
    return stage.environment.api_instances[0]


async def _first_worker(stage: Stage) -> str:
    return stage.environment.workers[0]


async def _leader(stage: Stage) -> str:
    return await find_leader(stage.environment)


async def _broker(_: Stage) -> str:
    return "broker"


async def _cache(_: Stage) -> str:
    return "cache"


DRILLS: dict[str, Drill] = {
    drill.name: drill
    for drill in (
        Drill(
            name="api-instance-down",
            title="An API instance is down",
            alert="HoldfastApiInstanceDown",
            page="api-instance-down",
            victim=_first_instance,
        ),
        Drill(
            name="worker-down",
            title="A worker is down",
            alert="HoldfastWorkerDown",
            page="worker-down",
            victim=_first_worker,
        ),
        Drill(
            name="database-member-down",
            title="The database's leader is down",
            alert="HoldfastDatabaseMemberDown",
            page="database-member-down",
            victim=_leader,
        ),
        Drill(
            name="broker-down",
            title="The broker is down",
            alert="HoldfastBrokerDown",
            page="broker-down",
            victim=_broker,
        ),
        Drill(
            name="cache-down",
            title="The cache is down",
            alert="HoldfastCacheDown",
            page="cache-down",
            victim=_cache,
        ),
    )
}
