"""How many and how big, from the targets; a stack may only ask for fewer."""

from dataclasses import dataclass

import targets
from infra.stack import SettingWrong, StackSettings

MEBIBYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The promised numbers in the units that Kubernetes takes."""

    api_minimum: int
    api_maximum: int
    api_cpu_percent: int
    workers: int
    worker_threads: int
    memory: str
    """Of one container, as a Kubernetes quantity."""
    pool_minimum: int
    pool_maximum: int


def read_sizes(promised: targets.Targets, settings: StackSettings) -> Sizes:
    """The promised sizes, or the smaller ones of this stack.

    Raises `SettingWrong` when the stack asks for more than is promised.
    """
    scale = promised.scale
    api_maximum = int(scale["api-max"].value)
    return Sizes(
        api_minimum=_at_most(
            "apiReplicas", settings.api_replicas, int(scale["api-min"].value)
        ),
        api_maximum=api_maximum,
        api_cpu_percent=round(scale["api-cpu"].value * 100),
        workers=_at_most(
            "workerReplicas", settings.worker_replicas, int(scale["workers-min"].value)
        ),
        worker_threads=promised.assume.worker_threads,
        memory=f"{promised.assume.container_memory.count // MEBIBYTE}Mi",
        pool_minimum=int(promised.capacity["db-pool-min"].value),
        pool_maximum=int(promised.capacity["db-pool-max"].value),
    )


def _at_most(key: str, asked: int | None, promised: int) -> int:
    if asked is None:
        return promised
    if asked > promised:
        raise SettingWrong(key, f"is {asked}, more than the promised {promised}")
    return asked
