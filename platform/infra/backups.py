"""Daily full backups and a continuous archive of the log, in an object store."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

import targets
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import named
from infra.secret_text import SecretText
from infra.stack import ObjectStore

PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
STORE: Final = "backups"
"""The ObjectStore that cluster and backups refer to."""
KEYS_SECRET: Final = "object-store-keys"  # noqa: S105 a name
ACCESS: Final = "ACCESS_KEY_ID"
HIDDEN: Final = "SECRET_ACCESS_KEY"
DAY_SECONDS: Final = 86_400
CHANCES: Final = 12
"""So often the log is archived within the promised loss: eleven may fail."""
KEPT: Final = "30d"
"""Every moment of so many days can be restored."""
NIGHT: Final = "0 30 2 * * *"
"""CloudNativePG's schedules begin with seconds."""


class BackupTooRare(Exception):
    """The targets promise full backups oftener than once a day."""


@dataclass(frozen=True, kw_only=True)
class ArchiveArgs:
    """The store and who holds its keys."""

    namespace: pulumi.Input[str]
    store: ObjectStore
    source: SecretSource
    operators: list[pulumi.Resource]
    """What knows an object store; its keys wait for nobody."""


class Archive(pulumi.ComponentResource):
    """The object store as the plug-in knows it, with its keys."""

    keys: pulumi.Resource

    def __init__(
        self,
        name: str,
        args: ArchiveArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Archive", name, {}, opts)
        self.keys = keep_secret(
            KEYS_SECRET,
            KeptSecretArgs(
                metadata=named(KEYS_SECRET, args.namespace),
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
            metadata=named(STORE, args.namespace),
            spec=store_of(args.store),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self.keys, *args.operators]
            ),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """Which cluster is backed up."""

    namespace: pulumi.Input[str]
    cluster: str
    full_every_seconds: float


class Backups(pulumi.ComponentResource):
    """A full backup every night, and one at once: before it nothing can be restored."""

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
            metadata=named(f"{args.cluster}-nightly", args.namespace),
            spec=schedule_of(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def schedule_of(args: BackupsArgs) -> dict[str, Any]:
    """Nightly; raises `BackupTooRare` when that is not often enough."""
    if args.full_every_seconds < DAY_SECONDS:
        raise BackupTooRare
    return {
        "schedule": NIGHT,
        "immediate": True,
        "backupOwnerReference": "self",
        "cluster": {"name": args.cluster},
        "method": "plugin",
        "pluginConfiguration": {"name": PLUGIN},
    }


def store_of(store: ObjectStore) -> dict[str, Any]:
    """Compressed, and checked by the plug-in against what it may forget."""
    return {
        "retentionPolicy": KEPT,
        "configuration": {
            "destinationPath": f"s3://{store.bucket}/",
            "endpointURL": store.endpoint,
            "s3Credentials": {
                "accessKeyId": {"name": KEYS_SECRET, "key": ACCESS},
                "secretAccessKey": {"name": KEYS_SECRET, "key": HIDDEN},
            },
            # One at a time: a standby that also asks for the next segment takes twice
            # as long to see that there is none, in the midst of a failover.
            "wal": {"compression": "gzip"},
            "data": {"compression": "gzip"},
        },
        # A standby asks the archive several times before it becomes the primary, so
        # what this one waits for a processor is added to every failover.
        "instanceSidecarConfiguration": {
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "1", "memory": "384Mi"},
            },
        },
    }


def archive_seconds(promised: targets.Targets) -> int:
    """How often the log is archived at least: well within the promised loss."""
    recovery = promised.recovery
    allowed = min(recovery["rpo"].value, recovery["backup-incremental"].value)
    return int(allowed / CHANCES)
