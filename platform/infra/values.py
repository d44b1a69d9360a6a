"""What each program is told: one function per role, so each holds only its own keys."""

from infra.ports import HTTP, METRICS, REDIS
from infra.secret_text import Secrets, SecretText
from infra.sizes import LISTENING, Sizes
from infra.stack import StackSettings

ANY = "0.0.0.0"  # noqa: S104 a pod's own network; the policies are the door

STOP_SECONDS = 30
"""What the API may take to finish its requests once it left the Service."""


def shared_values(settings: StackSettings) -> dict[str, str]:
    """What every program needs to know, and nothing secret."""
    collector = settings.collector
    return {
        **({"HOLDFAST_OTLP_ENDPOINT": collector} if collector else {}),
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
        "HOLDFAST_POOL_MAX": str(sizes.worker_threads + LISTENING),
    }


def superuser_values(settings: StackSettings) -> dict[str, str]:
    """Roles and the database are made by whom nothing is refused."""
    return {**owner_values(settings), "HOLDFAST_DATABASE_USER": "postgres"}


def owner_values(settings: StackSettings) -> dict[str, str]:
    """Migrations run as the role that owns the schema."""
    return {
        **shared_values(settings),
        "HOLDFAST_DATABASE_USER": "holdfast_owner",
        "HOLDFAST_POOL_MIN": "1",
        "HOLDFAST_POOL_MAX": "2",
    }


def owner_secrets() -> Secrets:
    """Migrations need the database and nothing else."""
    return {"HOLDFAST_DATABASE_PASSWORD": SecretText("{ownerPassword}")}


def superuser_secrets() -> Secrets:
    """Who makes the roles tells each its password."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{superuserPassword}"),
        "HOLDFAST_OWNER_PASSWORD": SecretText("{ownerPassword}"),
        "HOLDFAST_API_PASSWORD": SecretText("{apiPassword}"),
        "HOLDFAST_WORKER_PASSWORD": SecretText("{workerPassword}"),
        "HOLDFAST_MONITOR_PASSWORD": SecretText("{monitorPassword}"),
    }


def api_secrets(settings: StackSettings) -> Secrets:
    """The API signs tokens, and asks both Redis servers."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{apiPassword}"),
        "HOLDFAST_BROKER_URL": broker_url(settings),
        "HOLDFAST_CACHE_URL": redis_url(settings, "cache", "cachePassword"),
        "HOLDFAST_TOKEN_KEYS": SecretText("{tokenKeys}"),
    }


def worker_secrets(settings: StackSettings) -> Secrets:
    """Workers, relay and scheduler need the broker; none of them signs anything."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{workerPassword}"),
        "HOLDFAST_BROKER_URL": broker_url(settings),
    }


def broker_url(settings: StackSettings) -> SecretText:
    """The broker's Service leads to whichever server is master."""
    return redis_url(settings, "broker", "brokerPassword")


def redis_url(settings: StackSettings, service: str, password: str) -> SecretText:
    """A password of letters and digits needs no escaping."""
    host = f"{service}.{settings.data_namespace}.svc"
    return SecretText(f"redis://:{{{password}}}@{host}:{REDIS}/0")
