"""Our programs as pods: one line each for what they run and how long they drain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from infra.environment import Environment, EnvironmentArgs
from infra.pod import LEAVE_SECONDS, Program
from infra.sizes import Sizes
from infra.stack import StackSettings
from infra.values import (
    STOP_SECONDS,
    Secrets,
    api_secrets,
    api_values,
    owner_secrets,
    owner_values,
    worker_secrets,
    worker_values,
)

MARGIN_SECONDS: Final = 10
WORKER_SECONDS: Final = 60
"""More than a worker takes to finish or give back what it runs."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Everything that runs our image. Workers, relay and scheduler share a role."""

    api: Program
    worker: Program
    relay: Program
    scheduler: Program
    migrations: Program


def programs_of(
    settings: StackSettings, sizes: Sizes, namespace: pulumi.Input[str]
) -> Programs:
    """Each program with what its role must know, and no other role's secrets."""

    def environment(name: str, values: dict[str, str], secrets: Secrets) -> Environment:
        args = EnvironmentArgs(namespace=namespace, values=values, secrets=secrets)
        return Environment(name, args)

    as_api = environment("api", api_values(settings, sizes), api_secrets(settings))
    as_worker = environment(
        "workers", worker_values(settings, sizes), worker_secrets(settings)
    )
    as_owner = environment("owner", owner_values(settings), owner_secrets(settings))

    def program(
        name: str, command: Sequence[str], told: Environment, cpu: str, drain: int
    ) -> Program:
        return Program(
            name=name,
            image=settings.image,
            command=("python", "-m", *command),
            environment=told,
            cpu=cpu,
            memory=sizes.memory,
            drain_seconds=drain,
        )

    return Programs(
        api=program(
            "api",
            ["api"],
            as_api,
            settings.api_cpu,
            drain=LEAVE_SECONDS + STOP_SECONDS + MARGIN_SECONDS,
        ),
        worker=program(
            "worker", ["workers"], as_worker, settings.worker_cpu, drain=WORKER_SECONDS
        ),
        relay=program(
            "relay", ["workers", "relay"], as_worker, settings.worker_cpu, drain=30
        ),
        scheduler=program(
            "scheduler",
            ["workers", "scheduler"],
            as_worker,
            settings.worker_cpu,
            drain=30,
        ),
        migrations=program(
            "migrations",
            ["api.migrate", "forwards"],
            as_owner,
            settings.worker_cpu,
            drain=30,
        ),
    )
