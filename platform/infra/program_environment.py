"""Settings and secrets of each program: one function per role, with its keys only."""

from infra.ports import HTTP, METRICS, REDIS
from infra.secret_text import Secrets, SecretText
from infra.sizes import LISTENING, Sizes
from infra.stack import StackSettings

ANY = "0.0.0.0"  # noqa: S104 network policies restrict access to a pod

STOP_SECONDS = 30
"""Time for the API to finish its requests after it left the Service."""


def shared_values(settings: StackSettings) -> dict[str, str]:
    """Return the settings of every program."""
    collector = settings.collector
    return {
        **({"HOLDFAST_OTLP_ENDPOINT": collector} if collector else {}),
        "HOLDFAST_ENVIRONMENT": settings.environment,
        "HOLDFAST_LOG_LEVEL": settings.programs.log_level,
        "HOLDFAST_METRICS_BIND": f"{ANY}:{METRICS}",
        "HOLDFAST_DATABASE_HOSTS": settings.database_hosts,
        "HOLDFAST_DATABASE_NAME": settings.database.name,
    }


def api_values(settings: StackSettings, sizes: Sizes) -> dict[str, str]:
    """Return the API's settings; it also reads from standbys."""
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
    """Return settings of workers, relay and scheduler: a connection for each thread."""
    return {
        **shared_values(settings),
        "HOLDFAST_DATABASE_USER": "holdfast_worker",
        "HOLDFAST_WORKER_THREADS": str(sizes.worker_threads),
        "HOLDFAST_POOL_MIN": "1",
        "HOLDFAST_POOL_MAX": str(sizes.worker_threads + LISTENING),
    }


def superuser_values(settings: StackSettings) -> dict[str, str]:
    """Return the settings of the bootstrap, which creates roles as superuser."""
    return {**owner_values(settings), "HOLDFAST_DATABASE_USER": "postgres"}


def owner_values(settings: StackSettings) -> dict[str, str]:
    """Return the settings of the migrations, which run as the schema's owner."""
    return {
        **shared_values(settings),
        "HOLDFAST_DATABASE_USER": "holdfast_owner",
        "HOLDFAST_POOL_MIN": "1",
        "HOLDFAST_POOL_MAX": "2",
    }


def owner_secrets() -> Secrets:
    """Return the secrets of the migrations, which use only the database."""
    return {"HOLDFAST_DATABASE_PASSWORD": SecretText("{ownerPassword}")}


def superuser_secrets() -> Secrets:
    """Return the secrets of the bootstrap, which sets each role's password."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{superuserPassword}"),
        "HOLDFAST_OWNER_PASSWORD": SecretText("{ownerPassword}"),
        "HOLDFAST_API_PASSWORD": SecretText("{apiPassword}"),
        "HOLDFAST_WORKER_PASSWORD": SecretText("{workerPassword}"),
        "HOLDFAST_MONITOR_PASSWORD": SecretText("{monitorPassword}"),
    }


def api_secrets(settings: StackSettings) -> Secrets:
    """Return the secrets of the API, which signs tokens and uses both Redis servers."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{apiPassword}"),
        "HOLDFAST_BROKER_URL": broker_url(settings),
        "HOLDFAST_CACHE_URL": redis_url(settings, "cache", "cachePassword"),
        "HOLDFAST_TOKEN_KEYS": SecretText("{tokenKeys}"),
    }


def worker_secrets(settings: StackSettings) -> Secrets:
    """Return the secrets of workers, relay and scheduler: no signing keys."""
    return {
        "HOLDFAST_DATABASE_PASSWORD": SecretText("{workerPassword}"),
        "HOLDFAST_BROKER_URL": broker_url(settings),
    }


def broker_url(settings: StackSettings) -> SecretText:
    """Return the broker's URL; its Service leads to the master."""
    return redis_url(settings, "broker", "brokerPassword")


def redis_url(settings: StackSettings, service: str, password: str) -> SecretText:
    """Return a URL; passwords are letters and digits and need no escaping."""
    host = f"{service}.{settings.data_namespace}.svc"
    return SecretText(f"redis://:{{{password}}}@{host}:{REDIS}/0")
