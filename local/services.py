"""Holdfast's own programs: API instances, workers, relay, scheduler, and the two steps
that first create the database and its schema.
"""

import sys
from pathlib import Path

from msgspec import Struct

from local.places import Places
from local.plan import APIS, DATABASES, WORKERS, Kind, Plan
from local.program import HttpAnswers, Program
from local.settings import CHECKOUT, tuned_environment

DATABASE = "holdfast"
BOOTSTRAP = "bootstrap"
MIGRATION = "migration"


class Step(Struct, frozen=True, kw_only=True):
    """A command that ends; its dependents start after it succeeds."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path = CHECKOUT
    needs: frozenset[str] = frozenset()


def service_programs(places: Places, plan: Plan) -> list[Program]:
    """Describe every program of Holdfast itself."""
    ports = plan.ports
    sweep = {} if plan.sweeping else {"HOLDFAST_SWEEP_SECONDS": "0"}
    return [
        *(
            service(
                places,
                plan,
                name=name,
                kind="api",
                module=["api"],
                role="api",
                extra={"HOLDFAST_BIND": ports.address("api")},
                address=ports.address("api"),
            )
            for name in APIS
        ),
        *(
            service(places, plan, name=name, kind="worker", module=["workers"])
            for name in WORKERS
        ),
        service(
            places,
            plan,
            name="relay",
            kind="relay",
            module=["workers", "relay"],
            extra=sweep,
        ),
        service(
            places,
            plan,
            name="scheduler",
            kind="scheduler",
            module=["workers", "scheduler"],
        ),
    ]


def service(  # noqa: PLR0913 - one keyword a difference between the six
    places: Places,
    plan: Plan,
    *,
    name: str,
    kind: Kind,
    module: list[str],
    role: str = "worker",
    extra: dict[str, str] | None = None,
    address: str | None = None,
) -> Program:
    """Describe one of our programs."""
    metrics = plan.ports.address(name)
    environment = service_environment(places, plan, role=role) | {
        "HOLDFAST_INSTANCE": name,
        "HOLDFAST_METRICS_BIND": metrics,
    }
    return Program(
        name=name,
        kind=kind,
        command=[sys.executable, "-m", *module],
        address=address or metrics,
        health=HttpAnswers(f"http://{metrics}/metrics"),
        environment=environment | (extra or {}),
        folder=CHECKOUT,
        needs=frozenset({MIGRATION, "broker", "cache"}),
        stop_seconds=10,
        metrics=f"http://{metrics}/metrics",
    )


def service_environment(places: Places, plan: Plan, *, role: str) -> dict[str, str]:
    """Return the settings of API and workers; secrets are named as files."""
    return {
        **tuned_environment(),
        **database_environment(places, plan, f"holdfast_{role}", role),
        "HOLDFAST_REPLICA_HOSTS": database_hosts(plan),
        "HOLDFAST_BROKER_URL_FILE": str(places.secrets / "broker_url"),
        "HOLDFAST_CACHE_URL_FILE": str(places.secrets / "cache_url"),
        "HOLDFAST_TOKEN_KEYS_FILE": str(places.secrets / "token_keys"),
    }


def database_environment(
    places: Places, plan: Plan, user: str, secret: str
) -> dict[str, str]:
    """Return the settings of programs that open the database."""
    return {
        "PYTHONUNBUFFERED": "1",
        "HOLDFAST_ENVIRONMENT": "local",
        "HOLDFAST_DATABASE_HOSTS": database_hosts(plan),
        "HOLDFAST_DATABASE_NAME": DATABASE,
        "HOLDFAST_DATABASE_USER": user,
        "HOLDFAST_DATABASE_PASSWORD_FILE": str(places.secrets / secret),
    }


def database_hosts(plan: Plan) -> str:
    """Return every member; clients find the primary."""
    return ",".join(plan.ports.address(name) for name in DATABASES)


def preparation_steps(places: Places, plan: Plan) -> list[Step]:
    """Describe the steps that create database, roles and schema, in order."""
    superuser = database_environment(places, plan, "postgres", "postgres")
    owner = database_environment(places, plan, "holdfast_owner", "owner")
    roles = {
        f"HOLDFAST_{role.upper()}_PASSWORD_FILE": str(places.secrets / role)
        for role in ("owner", "api", "worker", "monitor")
    }
    migrate = [sys.executable, "-m", "api.migrate"]
    return [
        Step(
            name=BOOTSTRAP,
            command=[*migrate, "bootstrap"],
            environment=superuser | roles,
            needs=frozenset({"cluster"}),
        ),
        Step(
            name=MIGRATION,
            command=[*migrate, "forwards"],
            environment=owner,
            needs=frozenset({BOOTSTRAP}),
        ),
    ]
