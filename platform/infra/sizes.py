"""How many and how big, from the targets; a stack may only ask for fewer."""

from dataclasses import dataclass

import targets
from infra.bounds import mebibytes
from infra.queue_scaling import QueueBounds
from infra.release import Release, read_release
from infra.scaling import Bounds
from infra.stack import SettingWrong, StackSettings

MEBIBYTE = 2**20
LISTENING = 2
"""Connections of a worker beside its threads': to listen, and to renew leases.
Relay and scheduler have no more than a worker.
"""
SPARE = 30
"""For the operator, replication, exporters and people."""
BACKEND_MEBIBYTES = 5
"""What one connection takes of the database's memory when all are busy."""
BUFFERS = 4
"""One part in so many of that memory is Postgres' shared buffers."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The promised numbers in the units that Kubernetes takes."""

    api: Bounds
    queue: QueueBounds
    release: Release
    worker_threads: int
    memory: str
    """Of one container, as a Kubernetes quantity."""
    pool_minimum: int
    pool_maximum: int
    connections: int
    """That the database takes: what the programs may open at most, and room."""


def read_sizes(promised: targets.Targets, settings: StackSettings) -> Sizes:
    """The promised sizes, or the smaller ones of this stack.

    Raises `SettingWrong` when the stack asks for more than is promised, or gives its
    database too little memory for who may connect.
    """
    api = _api_bounds(promised, settings)
    queue = _queue_bounds(promised, settings)
    connections = _connections(promised, api, queue, settings)
    _require_memory(settings.database_memory, connections)
    return Sizes(
        api=api,
        queue=queue,
        release=read_release(promised, settings.canary_hold),
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
    """Of API, workers, relays and schedulers; never fewer than assumed.

    Of as many as an autoscaler may ever start, and of the one more that a release runs:
    a crowd is no moment to find the database full. See decision 0027.
    """
    pool = int(promised.capacity["db-pool-max"].value)
    threads = promised.assume.worker_threads + LISTENING
    others = queue.maximum + 1 + 2 * settings.attendants
    open_at_most = (api.maximum + 1) * pool + others * threads
    return max(promised.assume.max_connections, open_at_most + SPARE)


def _require_memory(memory: str, connections: int) -> None:
    """A database that outgrows its memory is killed by the first crowd."""
    needed = connections * BACKEND_MEBIBYTES * BUFFERS // (BUFFERS - 1)
    if mebibytes(memory) < needed:
        problem = f"is {memory}, and {connections} connections need {needed}Mi"
        raise SettingWrong("databaseMemory", problem)


def _api_bounds(promised: targets.Targets, settings: StackSettings) -> Bounds:
    scale = promised.scale
    least = _at_most("apiReplicas", settings.api_replicas, int(scale["api-min"].value))
    most = int(scale["api-max"].value)
    return Bounds(
        minimum=least,
        maximum=_between("apiReplicasMax", settings.api_replicas_max, least, most),
        cpu_percent=round(scale["api-cpu"].value * 100),
    )


def _queue_bounds(promised: targets.Targets, settings: StackSettings) -> QueueBounds:
    scale = promised.scale
    least = int(scale["workers-min"].value)
    least = _at_most("workerReplicas", settings.worker_replicas, least)
    asked, most = settings.worker_replicas_max, int(scale["workers-max"].value)
    return QueueBounds(
        minimum=least,
        maximum=_between("workerReplicasMax", asked, least, most),
        age_seconds=promised.limit["queue-age"].value,
        jobs_a_worker=promised.assume.worker_threads,
    )


def _between(key: str, asked: int | None, least: int, promised: int) -> int:
    most = _at_most(key, asked, promised)
    if most < least:
        raise SettingWrong(key, f"is {most}, fewer than the least number, {least}")
    return most


def _at_most(key: str, asked: int | None, promised: int) -> int:
    if asked is None:
        return promised
    if asked > promised:
        raise SettingWrong(key, f"is {asked}, more than the promised {promised}")
    return asked
