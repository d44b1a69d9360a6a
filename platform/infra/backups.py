"""Nightly base backups and a continuous WAL archive in an object store."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

import targets
from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import object_meta
from infra.secret_text import SecretText
from infra.stack import ObjectStore

PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
STORE: Final = "backups"
"""The ObjectStore that cluster and backups refer to."""
KEYS_SECRET: Final = "object-store-keys"  # noqa: S105 a name
ACCESS: Final = "ACCESS_KEY_ID"
HIDDEN: Final = "SECRET_ACCESS_KEY"
DAY_SECONDS: Final = 86_400
ATTEMPTS: Final = 12
"""WAL archivings within the target of data loss: eleven may fail."""
RETENTION: Final = "30d"
"""Window of point-in-time recovery."""
NIGHT: Final = "0 30 2 * * *"
"""CloudNativePG's schedules begin with seconds."""


class BackupIntervalTooLong(Exception):
    """The target asks for base backups more often than once a day."""


@dataclass(frozen=True, kw_only=True)
class ArchiveArgs:
    """The store, and the origin of its keys."""

    namespace: pulumi.Input[str]
    store: ObjectStore
    source: SecretSource
    operators: list[pulumi.Resource]
    """Define the kind ObjectStore; the Secret of keys does not depend on them."""


class Archive(pulumi.ComponentResource):
    """The ObjectStore object of the Barman Cloud plug-in, and its keys."""

    keys: pulumi.Resource

    def __init__(
        self,
        name: str,
        args: ArchiveArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Archive", name, {}, opts)
        self.keys = create_secret(
            KEYS_SECRET,
            SecretArgs(
                metadata=object_meta(KEYS_SECRET, args.namespace),
                texts={
                    ACCESS: SecretText("{objectStoreKey}"),
                    HIDDEN: SecretText("{objectStoreSecret}"),
                },
                source=args.source,
            ),
            pulumi.ResourceOptions(parent=self),
        ).made
        CustomResource(
            name,
            api_version="barmancloud.cnpg.io/v1",
            kind="ObjectStore",
            metadata=object_meta(STORE, args.namespace),
            spec=store_of(args.store),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self.keys, *args.operators]
            ),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """The cluster that is backed up."""

    namespace: pulumi.Input[str]
    cluster: str
    full_every_seconds: float


class Backups(pulumi.ComponentResource):
    """A base backup every night, and one at once: without one there is no restore."""

    def __init__(
        self,
        name: str,
        args: BackupsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Backups", name, {}, opts)
        CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="ScheduledBackup",
            metadata=object_meta(f"{args.cluster}-nightly", args.namespace),
            spec=schedule_of(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def schedule_of(args: BackupsArgs) -> dict[str, Any]:
    """Return a nightly schedule; raises `BackupIntervalTooLong` for a rarer target."""
    if args.full_every_seconds < DAY_SECONDS:
        raise BackupIntervalTooLong
    return {
        "schedule": NIGHT,
        "immediate": True,
        "backupOwnerReference": "self",
        "cluster": {"name": args.cluster},
        "method": "plugin",
        "pluginConfiguration": {"name": PLUGIN},
    }


def store_of(store: ObjectStore) -> dict[str, Any]:
    """Return the ObjectStore's spec: compression, and retention by the plug-in."""
    return {
        "retentionPolicy": RETENTION,
        "configuration": {
            "destinationPath": f"s3://{store.bucket}/",
            "endpointURL": store.endpoint,
            "s3Credentials": {
                "accessKeyId": {"name": KEYS_SECRET, "key": ACCESS},
                "secretAccessKey": {"name": KEYS_SECRET, "key": HIDDEN},
            },
            # One segment at a time: a standby that also requests the next segment takes
            # twice as long to find that there is none, during a failover.
            "wal": {"compression": "gzip"},
            "data": {"compression": "gzip"},
        },
        # A standby requests several files before it becomes the primary, so the time
        # that this container waits for CPU is added to every failover.
        "instanceSidecarConfiguration": {
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "1", "memory": "384Mi"},
            },
        },
    }


def archive_seconds(promised: targets.Targets) -> int:
    """Return the longest time between archived segments, a part of the loss target."""
    recovery = promised.recovery
    allowed = min(recovery["rpo"].value, recovery["backup-incremental"].value)
    return int(allowed / ATTEMPTS)
