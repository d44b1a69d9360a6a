"""Our programs as pods: one line each for what they run and how long they drain."""

from dataclasses import dataclass
from typing import Final

import pulumi

from infra.environment import Environment, EnvironmentArgs
from infra.pod import LEAVE_SECONDS, Program
from infra.secret_text import Secrets
from infra.sizes import Sizes
from infra.stack import StackSettings
from infra.values import (
    STOP_SECONDS,
    api_secrets,
    api_values,
    owner_secrets,
    owner_values,
    superuser_secrets,
    superuser_values,
    worker_secrets,
    worker_values,
)

API_SECONDS: Final = LEAVE_SECONDS + STOP_SECONDS + 10
WORKER_SECONDS: Final = 60
"""More than a worker takes to finish or give back what it runs."""
QUICK_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Everything that runs our image. Workers, relay and scheduler share a role."""

    api: Program
    worker: Program
    relay: Program
    scheduler: Program
    migrations: Program
    bootstrap: Program
    """Makes the database's roles; it alone knows the superuser's password."""


def programs_of(
    settings: StackSettings, sizes: Sizes, namespace: pulumi.Input[str]
) -> Programs:
    """Each program with what its role must know, and no other role's secrets."""
    as_api, as_worker, as_owner, as_superuser = _environments(
        settings, sizes, namespace
    )

    def program(
        name: str, command: str, told: Environment, cpu: str, drain_seconds: int
    ) -> Program:
        return Program(
            name=name,
            image=settings.image,
            command=("python", "-m", *command.split()),
            environment=told,
            cpu=cpu,
            memory=sizes.memory,
            drain_seconds=drain_seconds,
        )

    small = settings.worker_cpu
    return Programs(
        api=program("api", "api", as_api, settings.api_cpu, API_SECONDS),
        worker=program("worker", "workers", as_worker, small, WORKER_SECONDS),
        relay=program("relay", "workers relay", as_worker, small, QUICK_SECONDS),
        scheduler=program(
            "scheduler", "workers scheduler", as_worker, small, QUICK_SECONDS
        ),
        migrations=program(
            "migrations", "api.migrate forwards", as_owner, small, QUICK_SECONDS
        ),
        bootstrap=program(
            "bootstrap", "api.migrate bootstrap", as_superuser, small, QUICK_SECONDS
        ),
    )


def _environments(
    settings: StackSettings, sizes: Sizes, namespace: pulumi.Input[str]
) -> tuple[Environment, Environment, Environment, Environment]:
    """What the API, the workers' programs and the migrations are told."""
    source = settings.source

    def environment(name: str, values: dict[str, str], secrets: Secrets) -> Environment:
        return Environment(
            name,
            EnvironmentArgs(
                namespace=namespace, values=values, secrets=secrets, source=source
            ),
        )

    return (
        environment("api", api_values(settings, sizes), api_secrets(settings)),
        environment(
            "workers", worker_values(settings, sizes), worker_secrets(settings)
        ),
        environment("owner", owner_values(settings), owner_secrets()),
        environment("superuser", superuser_values(settings), superuser_secrets()),
    )
