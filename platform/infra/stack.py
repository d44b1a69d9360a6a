"""The settings of one stack: read once, and refused before any resource is made.

The key of each setting in the stack file is the first argument of its field. Numbers
that are targets come from `targets.toml`; a stack may only ask for smaller ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from infra.kubernetes_secret import SecretSource
from infra.ports import POSTGRES, S3
from infra.setting_fields import (
    InvalidSetting,
    cidr,
    count,
    cpu,
    duration,
    existing_file,
    flag,
    host_name,
    kubernetes_name,
    one_of,
    pinned_image,
    read_group,
    read_secret,
    read_value,
    setting,
    size,
    tagged_image,
    url,
)

SECRETS = (
    "ownerPassword",
    "apiPassword",
    "workerPassword",
    "monitorPassword",
    "superuserPassword",
    "brokerPassword",
    "cachePassword",
    "tokenKeys",
    "grafanaPassword",
    "objectStoreKey",
    "objectStoreSecret",
)
"""Secret settings of every stack. `python -m infra init` sets the missing ones."""
OPERATOR_SECRETS = ("backupServerPair", "backupClientPair")
"""A key and its certificate each; only where this stack installs the operators."""
ALERT_SECRETS = ("alertWebhook",)
"""Only where alerts are sent. The address itself grants access, so it is a secret."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """The PostgreSQL cluster."""

    cluster: str = setting("databaseCluster", kubernetes_name, "holdfast")
    """Names its Services and its archive. A new name makes a new cluster."""
    name: str = setting("databaseName", str, "holdfast")
    instances: int = setting("databaseInstances", count, 3)
    storage: str = setting("databaseStorage", size)
    cpu: str = setting("databaseCpu", cpu)
    memory: str = setting("databaseMemory", size)
    recover_from: str | None = setting("recoverFrom", kubernetes_name, None)
    """The cluster in the object store that this one is restored from."""


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """The S3 store of backups."""

    endpoint: str
    """With its scheme, for example `https://s3.example.org`."""
    bucket: str
    bundled: bool
    """It is a pod in the data namespace: for development."""


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    """Each broker member, and the cache."""

    cpu: str = setting("redisCpu", cpu, "100m")
    memory: str = setting("redisMemory", size, "192Mi")
    """Limit of one container; Redis' `maxmemory` is a share of it."""
    storage: str = setting("redisStorage", size, "1Gi")


@dataclass(frozen=True, kw_only=True)
class ProgramSettings:
    """API, workers, relay and scheduler. None means as in the targets."""

    log_level: str = setting("logLevel", one_of("debug", "info", "warning", "error"))
    api_cpu: str = setting("apiCpu", cpu)
    worker_cpu: str = setting("workerCpu", cpu)
    api_replicas: int | None = setting("apiReplicas", count, None)
    worker_replicas: int | None = setting("workerReplicas", count, None)
    api_replicas_max: int | None = setting("apiReplicasMax", count, None)
    worker_replicas_max: int | None = setting("workerReplicasMax", count, None)
    relay_replicas: int = setting("relayReplicas", count)
    """Copies of the relay, and of the scheduler."""
    canary_hold: str | None = setting("canaryHold", duration, None)
    """A shorter hold of each canary step than the target's."""


@dataclass(frozen=True, kw_only=True)
class PublicName:
    """The public name of the API, with its Gateway and its certificate."""

    hostname: str
    gateway_class: str = setting("gatewayClass", kubernetes_name)
    issuer: str = setting("issuer", kubernetes_name)
    """The cert-manager ClusterIssuer of the certificate."""


@dataclass(frozen=True, kw_only=True)
class ObservabilitySettings:
    """Parts of the observability namespace, and their disks."""

    metrics: bool = setting("metrics", flag, default=True)
    dashboards: bool = setting("dashboards", flag, default=True)
    traces: bool = setting("traces", flag, default=True)
    logs: bool = setting("logs", flag, default=True)
    alert_webhook_enabled: bool = setting("alertWebhookEnabled", flag, default=False)
    """Alerts are sent to the secret setting `alertWebhook`."""
    metrics_storage: str = setting("metricsStorage", size, "10Gi")
    traces_storage: str = setting("tracesStorage", size, "10Gi")
    logs_storage: str = setting("logsStorage", size, "20Gi")
    metrics_memory: str = setting("metricsMemory", size, "1Gi")
    """Limit of Prometheus."""


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """All settings of one installation."""

    environment: str = setting(
        "environment", one_of("development", "staging", "production")
    )
    namespace: str = setting("namespace", kubernetes_name)
    data_namespace: str = setting("dataNamespace", kubernetes_name)
    gateway_namespace: str = setting("gatewayNamespace", kubernetes_name, "gateway")
    observability_namespace: str = setting(
        "observabilityNamespace", kubernetes_name, "observability"
    )
    api_server_cidr: str = setting("apiServerCidr", cidr, "0.0.0.0/0")
    """Addresses of the cluster's API server."""
    cluster_domain: str = setting("clusterDomain", host_name, "cluster.local")
    """The suffix of Service names."""
    gateway_cidr: str | None = setting("gatewayCidr", cidr, None)
    """Clients outside the cluster that reach the API without a gateway."""
    pins: Path | None = setting("pins", existing_file, None)  # noqa: RUF009 a field
    """A file merged over `platform/pins.toml`."""
    storage_class: str | None = setting("storageClass", kubernetes_name, None)
    """None means the cluster's default class."""
    backup_storage: str = setting("backupStorage", size, "5Gi")
    """Disk of the bundled object store."""

    image: str
    operators_installed: bool
    """This stack installs the operators; otherwise they must be there already."""
    database: DatabaseSettings
    object_store: ObjectStore
    redis: RedisSettings
    programs: ProgramSettings
    public: PublicName | None
    """None means no Gateway and no certificate."""
    observability: ObservabilitySettings
    secrets: SecretSource

    @property
    def database_hosts(self) -> str:
        """Address of the Service that leads to the primary."""
        return f"{self.database.cluster}-rw.{self.data_namespace}.svc:{POSTGRES}"

    @property
    def replica_hosts(self) -> str:
        """Address of the Service of the standbys; unused with a single instance."""
        return f"{self.database.cluster}-ro.{self.data_namespace}.svc:{POSTGRES}"

    @property
    def prometheus(self) -> str | None:
        """Address of Prometheus for releases and autoscalers, if it is installed."""
        if not self.observability.metrics:
            return None
        return f"http://prometheus.{self.observability_namespace}.svc:9090"

    @property
    def collector(self) -> str | None:
        """Address that programs export spans to, if traces are on."""
        if not self.observability.traces:
            return None
        return f"http://otel-collector.{self.observability_namespace}.svc:4318"


def read_stack(config: pulumi.Config) -> StackSettings:
    """Return the stack's settings; raises `InvalidSetting` for the first bad one."""
    operators = one_of("install", "present")
    installed = read_value(config, "operators", operators) == "install"
    image = pinned_image if read_value(config, "pinnedImage", flag) else tagged_image
    observability = read_group(ObservabilitySettings, config)
    data_namespace = read_value(config, "dataNamespace", kubernetes_name)
    keys = secret_keys(
        operators=installed, alert_webhook=observability.alert_webhook_enabled
    )
    return read_group(
        StackSettings,
        config,
        image=read_value(config, "image", image),
        operators_installed=installed,
        database=_read_database(config),
        object_store=_read_object_store(config, data_namespace),
        redis=read_group(RedisSettings, config),
        programs=read_group(ProgramSettings, config),
        public=_read_public_name(config),
        observability=observability,
        secrets=_read_secrets(config, keys),
    )


def secret_keys(*, operators: bool, alert_webhook: bool) -> tuple[str, ...]:
    """Return the secret settings that a stack needs."""
    return (
        *SECRETS,
        *(OPERATOR_SECRETS if operators else ()),
        *(ALERT_SECRETS if alert_webhook else ()),
    )


def _read_database(config: pulumi.Config) -> DatabaseSettings:
    """Read the settings; a restored cluster archives beside its origin, not over it."""
    database = read_group(DatabaseSettings, config)
    if database.recover_from == database.cluster:
        problem = f"is {database.cluster!r}, as is databaseCluster"
        raise InvalidSetting("recoverFrom", problem)
    return database


def _read_object_store(config: pulumi.Config, data_namespace: str) -> ObjectStore:
    kind = read_value(config, "objectStore", one_of("bundled", "external"))
    if kind == "bundled":
        endpoint = f"http://object-store.{data_namespace}.svc:{S3}"
        return ObjectStore(endpoint=endpoint, bucket="backups", bundled=True)
    return ObjectStore(
        endpoint=read_value(config, "objectStoreEndpoint", url),
        bucket=read_value(config, "objectStoreBucket", kubernetes_name),
        bundled=False,
    )


def _read_public_name(config: pulumi.Config) -> PublicName | None:
    hostname = read_value(config, "hostname", host_name, None)
    return hostname and read_group(PublicName, config, hostname=hostname)


def _read_secrets(config: pulumi.Config, keys: tuple[str, ...]) -> SecretSource:
    store = read_value(config, "secretStore", kubernetes_name, None)
    values: Mapping[str, pulumi.Output[str]] = {}
    if store is None:
        values = {key: read_secret(config, key) for key in keys}
    version = read_value(config, "secretVersion", kubernetes_name, "1")
    return SecretSource(store=store, values=values, version=version)
