"""PostgreSQL under CloudNativePG: synchronous replication, failover and its secrets."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap

import targets
from infra.backups import PLUGIN, STORE
from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import PART_OF, object_meta
from infra.observability.database_metrics import custom_queries
from infra.quantities import mebibytes, resources_of
from infra.secret_text import SecretText
from infra.sizes import BUFFERS

OWNER: Final = "holdfast_owner"
SUPERUSER_SECRET: Final = "database-superuser"  # noqa: S105 a name
OWNER_SECRET: Final = "database-owner"  # noqa: S105 a name
RELOADED: Final = {"cnpg.io/reload": "true"}
"""CloudNativePG applies a change of this Secret or ConfigMap without a restart."""
READY_SECONDS: Final = 600
SWITCHOVER_SECONDS: Final = 60
"""Time for an orderly switchover before the primary is stopped hard."""
STOP_SECONDS: Final = 90
LEASES: Final = 10
"""Leases that fit into the failover target. A new primary waits one whole lease from
its first read of it. A lease renewed each second cannot be shorter than three seconds:
the renewal needs time for a second attempt and must end before the lease does.
"""
MAINTENANCE: Final = 512
"""Mebibytes at most for one vacuum; several run at once."""
ORIGIN: Final = "origin"
QUERIES: Final = "database-metrics-queries"
"""ConfigMap of the metrics queries that CloudNativePG's defaults lack."""
DEFAULT_QUERIES: Final = "cnpg-default-monitoring"
QUERIES_KEY: Final = "queries"
METRICS_TTL_SECONDS: Final = 5
"""As the scrape interval, so that a new primary is seen in its first scrape."""

INITDB: Final = {
    # Collation independent of the operating system: a restore elsewhere sorts the same.
    "encoding": "UTF8",
    "localeProvider": "builtin",
    "builtinLocale": "C.UTF-8",
    "locale": "C",
    "dataChecksums": True,
}


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Numbers from the targets, and the stack's choices."""

    namespace: pulumi.Input[str]
    name: str
    """Name of the cluster, its Services and its archive."""
    image: str
    database: str
    instances: int
    storage: str
    storage_class: str | None
    cpu: str
    memory: str
    connections: int
    slow_seconds: float
    """Slower statements are logged."""
    archive_seconds: int
    """Longest time between two archived WAL segments."""
    lease_seconds: int
    """No standby is promoted before the primary's lease is this old."""
    recover_from: str | None
    source: SecretSource


class Database(pulumi.ComponentResource):
    """The cluster, ready to accept clients, and the secrets of its first roles."""

    inputs: list[pulumi.Resource]
    """Objects that the Cluster object refers to."""

    def __init__(
        self,
        name: str,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Database", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        accounts = [
            create_secret(
                secret,
                SecretArgs(
                    metadata={
                        **object_meta(secret, args.namespace),
                        "labels": {**PART_OF, **RELOADED},
                    },
                    texts={
                        "username": SecretText(user),
                        "password": SecretText(password),
                    },
                    source=args.source,
                    kind="kubernetes.io/basic-auth",
                ),
                child,
            ).made
            for secret, user, password in (
                (SUPERUSER_SECRET, "postgres", "{superuserPassword}"),
                (OWNER_SECRET, OWNER, "{ownerPassword}"),
            )
        ]
        queries = ConfigMap(
            QUERIES,
            metadata={
                **object_meta(QUERIES, args.namespace),
                "labels": {**PART_OF, **RELOADED},
            },
            data={QUERIES_KEY: custom_queries()},
            opts=child,
        )
        self.inputs = [*accounts, queries]
        CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="Cluster",
            metadata={
                **object_meta(args.name, args.namespace),
                "annotations": {
                    "pulumi.com/waitFor": "condition=Ready",
                    "pulumi.com/timeoutSeconds": str(READY_SECONDS),
                },
            },
            spec=cluster_of(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.inputs),
        )
        self.register_outputs({})


def cluster_of(args: DatabaseArgs) -> dict[str, Any]:
    """Return the spec of the Cluster."""
    storage = {"size": args.storage}
    if args.storage_class is not None:
        storage["storageClass"] = args.storage_class
    spec: dict[str, Any] = {
        "instances": args.instances,
        "imageName": args.image,
        "imagePullPolicy": "IfNotPresent",
        "inheritedMetadata": {"labels": PART_OF},
        "enableSuperuserAccess": True,
        "superuserSecret": {"name": SUPERUSER_SECRET},
        "bootstrap": bootstrap_of(args),
        "storage": storage,
        "resources": resources_of(args.cpu, args.memory),
        "affinity": {
            "enablePodAntiAffinity": True,
            "topologyKey": "kubernetes.io/hostname",
            # With fewer nodes than instances two share one.
            "podAntiAffinityType": "preferred",
        },
        "seccompProfile": {"type": "RuntimeDefault"},
        "enablePDB": True,
        # Clients reconnect and retry: waiting for them to leave only adds downtime.
        "smartShutdownTimeout": 0,
        "stopDelay": STOP_SECONDS,
        "switchoverDelay": SWITCHOVER_SECONDS,
        "failoverDelay": 0,
        "primaryLease": lease_of(args.lease_seconds),
        "primaryUpdateStrategy": "unsupervised",
        "primaryUpdateMethod": "switchover",
        "postgresql": {
            "parameters": parameters_of(args),
            **synchronous_replication_of(args),
        },
        "monitoring": {
            # The operator adds its default queries; without them here Pulumi would see
            # a difference in every update.
            "customQueriesConfigMap": [
                {"name": name, "key": QUERIES_KEY}
                for name in (DEFAULT_QUERIES, QUERIES)
            ],
            "metricsQueriesTTL": f"{METRICS_TTL_SECONDS}s",
        },
        "plugins": [
            {
                "name": PLUGIN,
                "isWALArchiver": True,
                "parameters": {"barmanObjectName": STORE, "serverName": args.name},
            }
        ],
    }
    if args.recover_from is not None:
        spec["externalClusters"] = [
            {
                "name": ORIGIN,
                "plugin": {
                    "name": PLUGIN,
                    "parameters": {
                        "barmanObjectName": STORE,
                        "serverName": args.recover_from,
                    },
                },
            }
        ]
    return spec


def bootstrap_of(args: DatabaseArgs) -> dict[str, Any]:
    """Return a new database, or the newest state of a cluster in the object store."""
    application = {
        "database": args.database,
        "owner": OWNER,
        "secret": {"name": OWNER_SECRET},
    }
    if args.recover_from is not None:
        return {"recovery": {**application, "source": ORIGIN}}
    return {"initdb": {**application, **INITDB}}


def synchronous_replication_of(args: DatabaseArgs) -> dict[str, Any]:
    """Acknowledge a commit once any one standby has it too.

    Without a standby writes wait: a commit is never acknowledged from one disk alone.
    Only a standby that surely has every acknowledged commit may become primary. A
    cluster of one instance has no synchronous standby.
    """
    if args.instances == 1:
        return {}
    return {
        "synchronous": {
            "method": "any",
            "number": 1,
            "dataDurability": "required",
            "failoverQuorum": True,
        }
    }


def lease_of(seconds: int) -> dict[str, int]:
    """Return how long a dead primary keeps its lease.

    Acknowledged commits are on a second disk, so the lease guards against two primaries
    and not against loss. A primary that cannot renew a lease that is still its own
    continues.
    """
    return {
        "leaseDurationSeconds": seconds,
        "renewDeadlineSeconds": seconds - 1,
        "retryPeriodSeconds": 1,
        "releasedLeaseDurationSeconds": 1,
    }


def lease_seconds(promised: targets.Targets) -> int:
    """Return a part of the failover target; the rest is for promotion and standbys."""
    return int(promised.recovery["database-pod-killed"].value / LEASES)


def parameters_of(args: DatabaseArgs) -> dict[str, str]:
    """Return parameters from the targets, and memory sizes from the container's."""
    memory = mebibytes(args.memory)
    return {
        "max_connections": str(args.connections),
        "log_min_duration_statement": f"{args.slow_seconds * 1000:.0f}ms",
        "archive_timeout": f"{args.archive_seconds}s",
        "shared_buffers": f"{memory // BUFFERS}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": "4MB",
        "maintenance_work_mem": f"{min(MAINTENANCE, max(32, memory // 16))}MB",
        "max_wal_size": "512MB",
        "wal_keep_size": "128MB",
        "wal_receiver_status_interval": "1s",
        # Each restore attempt is a process: two standbys that retry without a pause
        # take CPU time from the standby that is being promoted.
        "wal_retrieve_retry_interval": "2s",
        "hot_standby_feedback": "on",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        "checkpoint_completion_target": "0.9",
        "track_io_timing": "on",
        "log_lock_waits": "on",
        "log_checkpoints": "off",
        "jit": "off",
        "timezone": "UTC",
    }
