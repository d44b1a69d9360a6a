"""Replicas, connections and memory from the targets; a stack may only ask for fewer."""

from dataclasses import dataclass

import targets
from infra.quantities import mebibytes
from infra.queue_scaling import QueueBounds
from infra.release import Release, read_release
from infra.scaling import Bounds
from infra.setting_fields import InvalidSetting
from infra.stack import StackSettings

MEBIBYTE = 2**20
LISTENING = 2
"""Connections of a worker besides those of its threads: to listen, and to renew leases.
Relay and scheduler have no more than a worker.
"""
SPARE = 30
"""Connections for the operator, replication, exporters and administrators."""
BACKEND_MEBIBYTES = 5
"""Memory of one connection while all are busy."""
BUFFERS = 4
"""The database's memory divided by this is Postgres' shared buffers."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The targets' numbers in Kubernetes' units."""

    api: Bounds
    queue: QueueBounds
    release: Release
    worker_threads: int
    memory: str
    """Memory of one container, as a Kubernetes quantity."""
    pool_minimum: int
    pool_maximum: int
    connections: int
    """Connections of the database: the most that programs may open, and spare ones."""


def read_sizes(promised: targets.Targets, settings: StackSettings) -> Sizes:
    """Return the targets' sizes, or the smaller ones of this stack.

    Raises `InvalidSetting` if the stack asks for more than the target, or gives its
    database too little memory for its connections.
    """
    api = _api_bounds(promised, settings)
    queue = _queue_bounds(promised, settings)
    connections = _connections(promised, api, queue, settings)
    _require_memory(settings.database.memory, connections)
    return Sizes(
        api=api,
        queue=queue,
        release=read_release(promised, settings.programs.canary_hold),
        worker_threads=promised.assume.worker_threads,
        memory=f"{promised.assume.container_memory.count // MEBIBYTE}Mi",
        pool_minimum=int(promised.capacity["db-pool-min"].value),
        pool_maximum=int(promised.capacity["db-pool-max"].value),
        connections=connections,
    )


def _connections(
    promised: targets.Targets,
    api: Bounds,
    queue: QueueBounds,
    settings: StackSettings,
) -> int:
    """Return the connections of API, workers, relays and schedulers; at least assumed.

    Counts as many replicas as the autoscalers may start, and the one more that a
    release runs. See decision 0027.
    """
    pool = int(promised.capacity["db-pool-max"].value)
    threads = promised.assume.worker_threads + LISTENING
    others = queue.maximum + 1 + 2 * settings.programs.relay_replicas
    open_at_most = (api.maximum + 1) * pool + others * threads
    return max(promised.assume.max_connections, open_at_most + SPARE)


def _require_memory(memory: str, connections: int) -> None:
    """Refuse a memory limit that full connection use would exceed."""
    needed = connections * BACKEND_MEBIBYTES * BUFFERS // (BUFFERS - 1)
    if mebibytes(memory) < needed:
        problem = f"is {memory}, and {connections} connections need {needed}Mi"
        raise InvalidSetting("databaseMemory", problem)


def _api_bounds(promised: targets.Targets, settings: StackSettings) -> Bounds:
    scale = promised.scale
    chosen = settings.programs
    least = int(scale["api-min"].value)
    least = _at_most("apiReplicas", chosen.api_replicas, least)
    most = int(scale["api-max"].value)
    return Bounds(
        minimum=least,
        maximum=_between("apiReplicasMax", chosen.api_replicas_max, least, most),
        cpu_percent=round(scale["api-cpu"].value * 100),
    )


def _queue_bounds(promised: targets.Targets, settings: StackSettings) -> QueueBounds:
    scale = promised.scale
    least = int(scale["workers-min"].value)
    least = _at_most("workerReplicas", settings.programs.worker_replicas, least)
    asked, most = settings.programs.worker_replicas_max, int(scale["workers-max"].value)
    return QueueBounds(
        minimum=least,
        maximum=_between("workerReplicasMax", asked, least, most),
        age_seconds=promised.limit["queue-age"].value,
        jobs_a_worker=promised.assume.worker_threads,
    )


def _between(key: str, asked: int | None, least: int, promised: int) -> int:
    most = _at_most(key, asked, promised)
    if most < least:
        raise InvalidSetting(key, f"is {most}, fewer than the minimum, {least}")
    return most


def _at_most(key: str, asked: int | None, promised: int) -> int:
    if asked is None:
        return promised
    if asked > promised:
        raise InvalidSetting(key, f"is {asked}, more than the target {promised}")
    return asked
