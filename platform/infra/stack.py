"""What a stack may configure, read once and refused before any resource is made."""

import re
from dataclasses import dataclass

import pulumi
from pulumi.runtime.config import is_config_secret

ENVIRONMENTS = ("development", "staging", "production")
LOG_LEVELS = ("debug", "info", "warning", "error")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOSTS = re.compile(r"[a-z0-9.-]+:\d{1,5}(,[a-z0-9.-]+:\d{1,5})*")
CPU = re.compile(r"[1-9]\d*m?")
DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")
TAGGED = re.compile(r"\S+:(?!latest$)[\w.-]+")


class SettingWrong(pulumi.RunError):
    """A stack setting is missing or unusable; one line that names it."""

    def __init__(self, key: str, problem: str, *, secret: bool = False) -> None:
        flag = "--secret " if secret else ""
        super().__init__(
            f"holdfast:{key} {problem}; run: pulumi config set {flag}holdfast:{key} …"
        )


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """The choices of one installation. Promised numbers are not among them."""

    environment: str
    namespace: str
    image: str
    data_namespace: str
    gateway_namespace: str
    observability_namespace: str
    database_hosts: str
    replica_hosts: str
    database_name: str
    log_level: str
    api_cpu: str
    worker_cpu: str
    api_replicas: int | None
    """Fewer API instances than promised; None means as promised."""
    worker_replicas: int | None
    """Fewer workers than promised; None means as promised."""
    attendants: int
    """Copies of the relay and of the scheduler."""
    owner_password: pulumi.Output[str]
    api_password: pulumi.Output[str]
    worker_password: pulumi.Output[str]
    broker_url: pulumi.Output[str]
    cache_url: pulumi.Output[str]
    token_keys: pulumi.Output[str]


def read_stack(config: pulumi.Config) -> StackSettings:
    """The stack's settings; raises `SettingWrong` for the first bad one."""
    return StackSettings(
        environment=_one_of(config, "environment", ENVIRONMENTS),
        namespace=_matching(config, "namespace", NAME, "a namespace name"),
        image=_image(config),
        data_namespace=_matching(config, "dataNamespace", NAME, "a namespace name"),
        gateway_namespace=config.get("gatewayNamespace") or "gateway",
        observability_namespace=config.get("observabilityNamespace") or "observability",
        database_hosts=_matching(config, "databaseHosts", HOSTS, "host:port,…"),
        replica_hosts=_matching(config, "replicaHosts", HOSTS, "host:port,…"),
        database_name=config.get("databaseName") or "holdfast",
        log_level=_one_of(config, "logLevel", LOG_LEVELS),
        api_cpu=_matching(config, "apiCpu", CPU, "a CPU quantity such as 500m"),
        worker_cpu=_matching(config, "workerCpu", CPU, "a CPU quantity such as 500m"),
        api_replicas=_optional_count(config, "apiReplicas"),
        worker_replicas=_optional_count(config, "workerReplicas"),
        attendants=_count(config, "attendants"),
        owner_password=_secret(config, "ownerPassword"),
        api_password=_secret(config, "apiPassword"),
        worker_password=_secret(config, "workerPassword"),
        broker_url=_secret(config, "brokerUrl"),
        cache_url=_secret(config, "cacheUrl"),
        token_keys=_secret(config, "tokenKeys"),
    )


def _required(config: pulumi.Config, key: str) -> str:
    value = config.get(key)
    if not value:
        raise SettingWrong(key, "is not set")
    return value


def _one_of(config: pulumi.Config, key: str, allowed: tuple[str, ...]) -> str:
    value = _required(config, key)
    if value not in allowed:
        raise SettingWrong(key, f"is {value!r}, not one of {', '.join(allowed)}")
    return value


def _matching(
    config: pulumi.Config, key: str, pattern: re.Pattern[str], wanted: str
) -> str:
    value = _required(config, key)
    if not pattern.fullmatch(value):
        raise SettingWrong(key, f"is {value!r}, not {wanted}")
    return value


def _image(config: pulumi.Config) -> str:
    if _boolean(config, "pinnedImage"):
        return _matching(config, "image", DIGEST, "an image pinned by its digest")
    return _matching(config, "image", TAGGED, "an image with a tag other than latest")


def _boolean(config: pulumi.Config, key: str) -> bool:
    return _one_of(config, key, ("true", "false")) == "true"


def _count(config: pulumi.Config, key: str) -> int:
    value = _required(config, key)
    if not value.isdecimal() or int(value) < 1:
        raise SettingWrong(key, f"is {value!r}, not a whole number of at least 1")
    return int(value)


def _optional_count(config: pulumi.Config, key: str) -> int | None:
    return _count(config, key) if config.get(key) else None


def _secret(config: pulumi.Config, key: str) -> pulumi.Output[str]:
    value = config.get_secret(key)
    if value is None:
        raise SettingWrong(key, "is not set", secret=True)
    if not is_config_secret(f"{config.name}:{key}"):
        raise SettingWrong(key, "lies in the stack file in plain text", secret=True)
    return value
