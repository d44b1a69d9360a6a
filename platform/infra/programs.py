"""Our programs: command, environment, resources and drain time of each."""

from dataclasses import dataclass
from typing import Final

import pulumi

from infra.environment import Environment, EnvironmentArgs
from infra.pod import PRE_STOP_SECONDS, Program
from infra.program_environment import (
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
from infra.secret_text import Secrets
from infra.sizes import Sizes
from infra.stack import StackSettings

API_SECONDS: Final = PRE_STOP_SECONDS + STOP_SECONDS + 10
WORKER_SECONDS: Final = 60
"""More than a worker needs to finish or release its jobs."""
QUICK_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Programs:
    """All programs of our image. Workers, relay and scheduler share a database role."""

    api: Program
    worker: Program
    relay: Program
    scheduler: Program
    migrations: Program
    bootstrap: Program
    """Creates the database's roles; only it has the superuser's password."""


def create_programs(
    settings: StackSettings, sizes: Sizes, namespace: pulumi.Input[str]
) -> Programs:
    """Create the environments and return the programs, each with its own secrets."""
    as_api, as_worker, as_owner, as_superuser = _environments(
        settings, sizes, namespace
    )

    def program(
        name: str, command: str, environment: Environment, cpu: str, drain_seconds: int
    ) -> Program:
        return Program(
            name=name,
            image=settings.image,
            command=("python", "-m", *command.split()),
            environment=environment,
            cpu=cpu,
            memory=sizes.memory,
            drain_seconds=drain_seconds,
        )

    small = settings.programs.worker_cpu
    return Programs(
        api=program("api", "api", as_api, settings.programs.api_cpu, API_SECONDS),
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
    """Create the environments of API, workers, schema owner and superuser."""
    source = settings.secrets

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
