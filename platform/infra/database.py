"""Postgres under CloudNativePG: three instances, and two disks for every commit."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap

import targets
from infra.backups import PLUGIN, STORE
from infra.bounds import bounded, mebibytes
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import PART_OF, named
from infra.observability.members import custom_queries
from infra.secret_text import SecretText
from infra.sizes import BUFFERS

OWNER: Final = "holdfast_owner"
SUPERUSER_SECRET: Final = "database-superuser"  # noqa: S105 a name
OWNER_SECRET: Final = "database-owner"  # noqa: S105 a name
RELOADED: Final = {"cnpg.io/reload": "true"}
"""A changed password is taken over without a restart."""
READY_SECONDS: Final = 600
SWITCHOVER_SECONDS: Final = 60
"""What a primary may take to hand over in an orderly way before it is stopped hard."""
STOP_SECONDS: Final = 90
LEASES: Final = 10
"""So many fit into the promised failover. Who takes over waits one whole lease, counted
from its first look at it. Shorter than three seconds none can be that is renewed each
second: renewing must have time for a second try, and end before the lease does.
"""
MAINTENANCE: Final = 512
"""Mebibytes at most for one vacuum: several run at once, beside every connection."""
ORIGIN: Final = "origin"
FIGURES: Final = "member-figures"
"""What is asked of each instance beside what CloudNativePG asks."""
OPERATORS_OWN: Final = "cnpg-default-monitoring"
FIGURES_KEY: Final = "queries"
FIGURES_SECONDS: Final = 5
"""How old they may be: a new leader is seen as soon as it is scraped."""

INITDB: Final = {
    # Order that depends on no operating system: a restore elsewhere sorts the same.
    "encoding": "UTF8",
    "localeProvider": "builtin",
    "builtinLocale": "C.UTF-8",
    "locale": "C",
    "dataChecksums": True,
}


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The promised numbers and what the stack chose."""

    namespace: pulumi.Input[str]
    name: str
    """Of the cluster, its Services and its archive."""
    image: str
    database: str
    instances: int
    storage: str
    storage_class: str | None
    cpu: str
    memory: str
    connections: int
    slow_seconds: float
    """A statement that takes longer is logged."""
    archive_seconds: int
    """A segment of the log is archived at least so often."""
    lease_seconds: int
    """So long after a primary was last heard of no other one is promoted."""
    recover_from: str | None
    source: SecretSource


class Database(pulumi.ComponentResource):
    """The cluster, ready to be connected to, and the secrets of its first roles."""

    needs: list[pulumi.Resource]
    """What it is asked for with."""

    def __init__(
        self,
        name: str,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Database", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        accounts = [
            keep_secret(
                secret,
                KeptSecretArgs(
                    metadata={
                        **named(secret, args.namespace),
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
        figures = ConfigMap(
            FIGURES,
            metadata={
                **named(FIGURES, args.namespace),
                "labels": {**PART_OF, **RELOADED},
            },
            data={FIGURES_KEY: custom_queries()},
            opts=child,
        )
        self.needs = [*accounts, figures]
        CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="Cluster",
            metadata={
                **named(args.name, args.namespace),
                "annotations": {
                    "pulumi.com/waitFor": "condition=Ready",
                    "pulumi.com/timeoutSeconds": str(READY_SECONDS),
                },
            },
            spec=cluster_of(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.needs),
        )
        self.register_outputs({})


def cluster_of(args: DatabaseArgs) -> dict[str, Any]:
    """The spec of the cluster."""
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
        "resources": bounded(args.cpu, args.memory),
        "affinity": {
            "enablePodAntiAffinity": True,
            "topologyKey": "kubernetes.io/hostname",
            # With fewer nodes than instances two share one, and the third survives.
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
        "postgresql": {"parameters": parameters_of(args), **synchrony_of(args)},
        "monitoring": {
            # The operator would put its own before ours and make the spec another.
            "customQueriesConfigMap": [
                {"name": name, "key": FIGURES_KEY} for name in (OPERATORS_OWN, FIGURES)
            ],
            "metricsQueriesTTL": f"{FIGURES_SECONDS}s",
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
    """A new database, or the newest state of one that lies in the object store."""
    mine = {
        "database": args.database,
        "owner": OWNER,
        "secret": {"name": OWNER_SECRET},
    }
    if args.recover_from is not None:
        return {"recovery": {**mine, "source": ORIGIN}}
    return {"initdb": {**mine, **INITDB}}


def synchrony_of(args: DatabaseArgs) -> dict[str, Any]:
    """A commit is acknowledged when any one standby has it too.

    Without a standby writes wait, they are never acknowledged from one disk alone;
    and only who surely has every acknowledged commit may become primary. A cluster of
    one has nobody to wait for.
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
    """How long a primary that died keeps its place.

    What was acknowledged is on a second disk, so the lease guards against two primaries
    and not against loss; one that cannot renew it while nobody took it goes on.
    """
    return {
        "leaseDurationSeconds": seconds,
        "renewDeadlineSeconds": seconds - 1,
        "retryPeriodSeconds": 1,
        "releasedLeaseDurationSeconds": 1,
    }


def lease_seconds(promised: targets.Targets) -> int:
    """A part of the promised failover: the rest is for promotion and standbys."""
    return int(promised.recovery["database-pod-killed"].value / LEASES)


def parameters_of(args: DatabaseArgs) -> dict[str, str]:
    """What the promises need, and memory in proportion to the container's."""
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
        # Each question to the archive is a process: two standbys that ask without a
        # pause take the processors from the one that is being promoted.
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
