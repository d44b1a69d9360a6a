"""What each program is told: one function per role, so each holds only its own keys."""

import pulumi

from infra.ports import HTTP, METRICS
from infra.sizes import Sizes
from infra.stack import StackSettings

ANY = "0.0.0.0"  # noqa: S104 a pod's own network; the policies are the door

Secrets = dict[str, pulumi.Output[str]]
STOP_SECONDS = 30
"""What the API may take to finish its requests once it left the Service."""


def shared_values(settings: StackSettings) -> dict[str, str]:
    """What every program needs to know, and nothing secret."""
    return {
        "HOLDFAST_ENVIRONMENT": settings.environment,
        "HOLDFAST_LOG_LEVEL": settings.log_level,
        "HOLDFAST_METRICS_BIND": f"{ANY}:{METRICS}",
        "HOLDFAST_DATABASE_HOSTS": settings.database_hosts,
        "HOLDFAST_DATABASE_NAME": settings.database_name,
    }


def api_values(settings: StackSettings, sizes: Sizes) -> dict[str, str]:
    """The API reads from replicas too, through pools of the promised size."""
    return {
        **shared_values(settings),
        "HOLDFAST_BIND": f"{ANY}:{HTTP}",
        "HOLDFAST_REPLICA_HOSTS": settings.replica_hosts,
        "HOLDFAST_DATABASE_USER": "holdfast_api",
        "HOLDFAST_POOL_MIN": str(sizes.pool_minimum),
        "HOLDFAST_POOL_MAX": str(sizes.pool_maximum),
        "HOLDFAST_STOP_SECONDS": str(STOP_SECONDS),
    }


def worker_values(settings: StackSettings, sizes: Sizes) -> dict[str, str]:
    """Workers, relay, scheduler: a connection a thread, two to listen and renew."""
    return {
        **shared_values(settings),
        "HOLDFAST_DATABASE_USER": "holdfast_worker",
        "HOLDFAST_WORKER_THREADS": str(sizes.worker_threads),
        "HOLDFAST_POOL_MIN": "1",
        "HOLDFAST_POOL_MAX": str(sizes.worker_threads + 2),
    }


def owner_values(settings: StackSettings) -> dict[str, str]:
    """Migrations run as the role that owns the schema."""
    return {
        **shared_values(settings),
        "HOLDFAST_DATABASE_USER": "holdfast_owner",
        "HOLDFAST_POOL_MIN": "1",
        "HOLDFAST_POOL_MAX": "2",
    }


def api_secrets(settings: StackSettings) -> Secrets:
    """The API signs tokens, and asks both Redis servers."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": settings.api_password,
        "HOLDFAST_BROKER_URL": settings.broker_url,
        "HOLDFAST_CACHE_URL": settings.cache_url,
        "HOLDFAST_TOKEN_KEYS": settings.token_keys,
    }


def worker_secrets(settings: StackSettings) -> Secrets:
    """Workers, relay and scheduler need the broker; none of them signs anything."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": settings.worker_password,
        "HOLDFAST_BROKER_URL": settings.broker_url,
    }


def owner_secrets(settings: StackSettings) -> Secrets:
    """Migrations need the database and nothing else."""
    return {"HOLDFAST_DATABASE_PASSWORD": settings.owner_password}
