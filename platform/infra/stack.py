"""What a stack may configure, read once and refused before any resource is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

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
    gateway_cidr: str | None
    """Clients outside the cluster that reach the API without a gateway."""

    image: str
    operators_installed: bool
    """This stack installs the operators; else they must be there already."""
    pins: Path | None
    """Laid over `platform/pins.toml`."""
    storage_class: str | None
    """None means the cluster's default class."""

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

    secret_store: str | None
    """The ClusterSecretStore that holds the secrets under their settings' names."""
    secrets: Mapping[str, pulumi.Output[str]]
    """By setting, each of `SECRETS`; empty when there is a secret store."""

    @property
    def database_hosts(self) -> str:
        """Where the leader answers."""
        return f"holdfast-rw.{self.data_namespace}.svc:5432"

    @property
    def replica_hosts(self) -> str:
        """Where a replica answers; with one instance nothing does."""
        return f"holdfast-ro.{self.data_namespace}.svc:5432"

    @property
    def prometheus(self) -> str | None:
        """Where figures are asked for: by releases, autoscalers and boards."""
        if not self.metrics:
            return None
        return f"http://prometheus.{self.observability_namespace}.svc:9090"


def read_stack(config: pulumi.Config) -> StackSettings:
    """The stack's settings; raises `SettingWrong` for the first bad one."""
    read = Reader(config)
    data_namespace = read.matching("dataNamespace", NAME, "a namespace name")
    secret_store = read.optional("secretStore", NAME, "the name of a secret store")
    hostname = read.optional(
        "hostname", HOST_NAME, "a host name such as api.example.org"
    )
    return StackSettings(
        environment=read.one_of("environment", ENVIRONMENTS),
        namespace=read.matching("namespace", NAME, "a namespace name"),
        data_namespace=data_namespace,
        gateway_namespace=_namespace(read, "gatewayNamespace", "gateway"),
        observability_namespace=_namespace(
            read, "observabilityNamespace", "observability"
        ),
        gateway_cidr=read.optional(
            "gatewayCidr", CIDR, "a range such as 203.0.113.0/24"
        ),
        image=read.image("image", pinned=read.flag("pinnedImage")),
        operators_installed=read.one_of("operators", ("install", "present"))
        == "install",
        pins=read.file("pins"),
        storage_class=read.optional("storageClass", NAME, "a storage class"),
        database_name=config.get("databaseName") or "holdfast",
        database_instances=read.count("databaseInstances", 3),
        database_storage=read.matching("databaseStorage", BYTES, "a size such as 20Gi"),
        database_cpu=read.matching("databaseCpu", CPU, "a CPU quantity such as 500m"),
        database_memory=read.matching("databaseMemory", BYTES, "a size such as 1Gi"),
        recover_from=read.optional(
            "recoverFrom", NAME, "the name of a backed-up cluster"
        ),
        object_store=_object_store(read, data_namespace),
        backup_storage=_size(read, "backupStorage", "5Gi"),
        redis_memory=_size(read, "redisMemory", "192Mi"),
        redis_storage=_size(read, "redisStorage", "1Gi"),
        log_level=read.one_of("logLevel", LOG_LEVELS),
        api_cpu=read.matching("apiCpu", CPU, "a CPU quantity such as 500m"),
        worker_cpu=read.matching("workerCpu", CPU, "a CPU quantity such as 500m"),
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
        secret_store=secret_store,
        secrets={} if secret_store else read.secrets(SECRETS),
    )


def _namespace(read: Reader, key: str, default: str) -> str:
    return read.optional(key, NAME, "a namespace name") or default


def _size(read: Reader, key: str, default: str) -> str:
    return read.optional(key, BYTES, "a size such as 1Gi") or default


def _with_hostname(read: Reader, key: str, hostname: str | None) -> str | None:
    if hostname is None:
        return None
    return read.matching(key, NAME, "the name of one")


def _object_store(read: Reader, data_namespace: str) -> ObjectStore:
    bundled = read.one_of("objectStore", ("bundled", "external")) == "bundled"
    if bundled:
        endpoint = f"http://object-store.{data_namespace}.svc:7070"
        return ObjectStore(endpoint=endpoint, bucket="backups", bundled=True)
    return ObjectStore(
        endpoint=read.matching(
            "objectStoreEndpoint", URL, "an address with its scheme"
        ),
        bucket=read.matching("objectStoreBucket", NAME, "the name of a bucket"),
        bundled=False,
    )
