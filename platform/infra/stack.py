"""What a stack may configure, read once and refused before any resource is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from infra.kept_secret import SecretSource
from infra.ports import POSTGRES, S3
from infra.reading import (
    BYTES,
    CIDR,
    CPU,
    HOST_NAME,
    NAME,
    SPAN,
    URL,
    Reader,
    SettingWrong,
)

__all__ = ["SECRETS", "ObjectStore", "SettingWrong", "StackSettings", "read_stack"]

ENVIRONMENTS = ("development", "staging", "production")
LOG_LEVELS = ("debug", "info", "warning", "error")
CPU_FORM = "a CPU quantity such as 500m"
RANGE = "a range such as 203.0.113.0/24"
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
"""Every secret setting. `python -m infra init` makes those that are missing."""
OPERATOR_SECRETS = ("backupServerPair", "backupClientPair")
"""Only where this stack installs the operators: a key and its certificate each."""
TOLD_SECRETS = ("alertWebhook",)
"""Only where alerts are told: whoever knows such an address may use it."""


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """Where backups lie: any store that speaks S3."""

    endpoint: str
    """With its scheme, for example `https://s3.example.org`."""
    bucket: str
    bundled: bool
    """It is a pod of ours in the data namespace: for development."""


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """The choices of one installation. Promised numbers are not among them."""

    environment: str
    namespace: str
    data_namespace: str
    gateway_namespace: str
    observability_namespace: str
    api_server_cidr: str
    """Where the cluster's API server has its addresses."""
    cluster_domain: str
    """What the names of Services end with."""
    gateway_cidr: str | None
    """Clients outside the cluster that reach the API without a gateway."""

    image: str
    operators_installed: bool
    """This stack installs the operators; else they must be there already."""
    pins: Path | None
    """Laid over `platform/pins.toml`."""
    storage_class: str | None
    """None means the cluster's default class."""

    database_cluster: str
    """Of the database's Services and archive. Another name is another cluster."""
    database_name: str
    database_instances: int
    database_storage: str
    database_cpu: str
    database_memory: str
    recover_from: str | None
    """The name of a cluster in the object store that this one is restored from."""
    object_store: ObjectStore
    backup_storage: str
    """Of the bundled object store."""
    redis_cpu: str
    redis_memory: str
    """Limit of one broker or cache container; `maxmemory` is a part of it."""
    redis_storage: str

    log_level: str
    api_cpu: str
    worker_cpu: str
    api_replicas: int | None
    """Fewer API instances than promised; None means as promised."""
    worker_replicas: int | None
    """Fewer workers than promised; None means as promised."""
    api_replicas_max: int | None
    worker_replicas_max: int | None
    """Where the autoscalers stop, if before the promised most."""
    attendants: int
    """Copies of the relay and of the scheduler."""
    canary_hold: str | None
    """A shorter hold of each canary step than promised, such as `30s`."""

    hostname: str | None
    """The API's public name; None means no gateway and no certificate."""
    gateway_class: str | None
    issuer: str | None
    """The cert-manager ClusterIssuer that signs the certificate of `hostname`."""

    boards: bool
    traces: bool
    logs: bool
    metrics: bool
    metrics_storage: str
    traces_storage: str
    logs_storage: str
    metrics_memory: str
    """Of Prometheus."""
    alerts_told: bool
    """The secret setting `alertWebhook` says who is told of alerts."""

    secret_store: str | None
    """The ClusterSecretStore that holds the secrets under their settings' names."""
    secret_version: str
    """Another word here takes changed values out of the store."""
    secrets: Mapping[str, pulumi.Output[str]]
    """By setting, each of `SECRETS`; empty when there is a secret store."""

    @property
    def database_hosts(self) -> str:
        """Where the leader answers."""
        return f"{self.database_cluster}-rw.{self.data_namespace}.svc:{POSTGRES}"

    @property
    def replica_hosts(self) -> str:
        """Where a replica answers; with one instance nothing does."""
        return f"{self.database_cluster}-ro.{self.data_namespace}.svc:{POSTGRES}"

    @property
    def source(self) -> SecretSource:
        """Where the values of secret settings come from."""
        return SecretSource(
            store=self.secret_store, values=self.secrets, version=self.secret_version
        )

    @property
    def prometheus(self) -> str | None:
        """Where figures are asked for: by releases, autoscalers and boards."""
        if not self.metrics:
            return None
        return f"http://prometheus.{self.observability_namespace}.svc:9090"

    @property
    def collector(self) -> str | None:
        """Where programs give their spans."""
        if not self.traces:
            return None
        return f"http://otel-collector.{self.observability_namespace}.svc:4318"


def read_stack(config: pulumi.Config) -> StackSettings:
    """The stack's settings; raises `SettingWrong` for the first bad one."""
    read = Reader(config)
    installed = read.one_of("operators", ("install", "present")) == "install"
    told = read.flag("alertsTold", default=False)
    data_namespace = read.matching("dataNamespace", NAME, "a namespace name")
    cluster = _name(read, "databaseCluster", "holdfast")
    secret_store = read.optional("secretStore", NAME, "the name of a secret store")
    hostname = read.optional(
        "hostname", HOST_NAME, "a host name such as api.example.org"
    )
    return StackSettings(
        environment=read.one_of("environment", ENVIRONMENTS),
        namespace=read.matching("namespace", NAME, "a namespace name"),
        data_namespace=data_namespace,
        gateway_namespace=_name(read, "gatewayNamespace", "gateway"),
        observability_namespace=_name(read, "observabilityNamespace", "observability"),
        api_server_cidr=read.optional("apiServerCidr", CIDR, RANGE) or "0.0.0.0/0",
        cluster_domain=read.optional("clusterDomain", HOST_NAME, "a domain")
        or "cluster.local",
        gateway_cidr=read.optional("gatewayCidr", CIDR, RANGE),
        image=read.image("image", pinned=read.flag("pinnedImage")),
        operators_installed=installed,
        pins=read.file("pins"),
        storage_class=read.optional("storageClass", NAME, "a storage class"),
        database_cluster=cluster,
        database_name=config.get("databaseName") or "holdfast",
        database_instances=read.count("databaseInstances", 3),
        database_storage=read.matching("databaseStorage", BYTES, "a size such as 20Gi"),
        database_cpu=read.matching("databaseCpu", CPU, CPU_FORM),
        database_memory=read.matching("databaseMemory", BYTES, "a size such as 1Gi"),
        recover_from=_recover_from(read, cluster),
        object_store=_object_store(read, data_namespace),
        backup_storage=_size(read, "backupStorage", "5Gi"),
        redis_cpu=read.optional("redisCpu", CPU, CPU_FORM) or "100m",
        redis_memory=_size(read, "redisMemory", "192Mi"),
        redis_storage=_size(read, "redisStorage", "1Gi"),
        log_level=read.one_of("logLevel", LOG_LEVELS),
        api_cpu=read.matching("apiCpu", CPU, CPU_FORM),
        worker_cpu=read.matching("workerCpu", CPU, CPU_FORM),
        api_replicas=read.optional_count("apiReplicas"),
        worker_replicas=read.optional_count("workerReplicas"),
        api_replicas_max=read.optional_count("apiReplicasMax"),
        worker_replicas_max=read.optional_count("workerReplicasMax"),
        attendants=read.count("attendants"),
        canary_hold=read.optional("canaryHold", SPAN, "a time such as 30s or 5m"),
        hostname=hostname,
        gateway_class=_with_hostname(read, "gatewayClass", hostname),
        issuer=_with_hostname(read, "issuer", hostname),
        boards=read.flag("boards", default=True),
        traces=read.flag("traces", default=True),
        logs=read.flag("logs", default=True),
        metrics=read.flag("metrics", default=True),
        metrics_storage=_size(read, "metricsStorage", "10Gi"),
        traces_storage=_size(read, "tracesStorage", "10Gi"),
        logs_storage=_size(read, "logsStorage", "20Gi"),
        metrics_memory=_size(read, "metricsMemory", "1Gi"),
        alerts_told=told,
        secret_store=secret_store,
        secret_version=_name(read, "secretVersion", "1"),
        secrets={}
        if secret_store
        else read.secrets(secret_keys(installed=installed, told=told)),
    )


def secret_keys(*, installed: bool, told: bool) -> tuple[str, ...]:
    """The secret settings of a stack, by what it installs and whom it tells."""
    operators = OPERATOR_SECRETS if installed else ()
    return (*SECRETS, *operators, *(TOLD_SECRETS if told else ()))


def _name(read: Reader, key: str, default: str) -> str:
    return read.optional(key, NAME, "a name that Kubernetes takes") or default


def _recover_from(read: Reader, cluster: str) -> str | None:
    """A restored cluster archives beside its origin, never over it."""
    origin = read.optional("recoverFrom", NAME, "the name of a backed-up cluster")
    if origin == cluster:
        raise SettingWrong("recoverFrom", f"is {origin!r}, as is databaseCluster")
    return origin


def _size(read: Reader, key: str, default: str) -> str:
    return read.optional(key, BYTES, "a size such as 1Gi") or default


def _with_hostname(read: Reader, key: str, hostname: str | None) -> str | None:
    if hostname is None:
        return None
    return read.matching(key, NAME, "the name of one")


def _object_store(read: Reader, data_namespace: str) -> ObjectStore:
    bundled = read.one_of("objectStore", ("bundled", "external")) == "bundled"
    if bundled:
        endpoint = f"http://object-store.{data_namespace}.svc:{S3}"
        return ObjectStore(endpoint=endpoint, bucket="backups", bundled=True)
    return ObjectStore(
        endpoint=read.matching(
            "objectStoreEndpoint", URL, "an address with its scheme"
        ),
        bucket=read.matching("objectStoreBucket", NAME, "the name of a bucket"),
        bundled=False,
    )
