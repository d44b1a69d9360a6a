"""The data tier: database, backups, broker, cache."""

from dataclasses import dataclass

import pulumi

import targets
from infra.backups import Archive, ArchiveArgs, Backups, BackupsArgs, archive_seconds
from infra.broker import DOMAIN, Broker, BrokerArgs
from infra.broker_proxy import BrokerProxy, BrokerProxyArgs
from infra.cache import Cache, CacheArgs
from infra.data_namespace import DataNamespace
from infra.data_network_policies import DataNetworkArgs
from infra.database import Database, DatabaseArgs, lease_seconds
from infra.disks import Disk
from infra.kubernetes_secret import SecretSource
from infra.object_store import BundledStore, BundledStoreArgs
from infra.pins import Pins
from infra.sizes import Sizes
from infra.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    """The settings, the targets, and the pinned images."""

    settings: StackSettings
    promised: targets.Targets
    sizes: Sizes
    pins: Pins
    operators: list[pulumi.Resource]
    """Must exist before the database is created."""


class Data(pulumi.ComponentResource):
    """The data namespace and all objects in it."""

    home: DataNamespace
    database: Database
    before_database: list[pulumi.Resource]
    """Resources that the database is created from. The database takes longest to be
    ready: dependants of these are created while it starts, and do not delay it.
    """

    def __init__(
        self,
        name: str,
        args: DataArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Data", name, {}, opts)
        self._args = args
        self._source = SecretSource(
            store=args.settings.secrets.store, values=args.settings.secrets.values
        )
        self.home = DataNamespace(
            args.settings.data_namespace,
            network_of(args.settings, args.pins),
            pulumi.ResourceOptions(parent=self),
        )
        self._redis(self.home)
        self._database(self.home)
        self.register_outputs({})

    def _redis(self, home: DataNamespace) -> None:
        settings, pins = self._args.settings, self._args.pins
        opts = pulumi.ResourceOptions(parent=self, depends_on=[home])
        domain = f"{DOMAIN}.{settings.data_namespace}.svc.{settings.cluster_domain}"
        Broker(
            "broker",
            BrokerArgs(
                namespace=home.name,
                domain=domain,
                image=pins.image("redis"),
                cpu=settings.redis.cpu,
                memory=settings.redis.memory,
                disk=Disk(settings.redis.storage, settings.storage_class),
                source=self._source,
            ),
            opts,
        )
        BrokerProxy(
            "broker-proxy",
            BrokerProxyArgs(
                namespace=home.name,
                domain=domain,
                image=pins.image("haproxy"),
                source=self._source,
            ),
            opts,
        )
        Cache(
            "cache",
            CacheArgs(
                namespace=home.name,
                image=pins.image("redis"),
                cpu=settings.redis.cpu,
                memory=settings.redis.memory,
                source=self._source,
            ),
            opts,
        )

    def _database(self, home: DataNamespace) -> None:
        settings, promised = self._args.settings, self._args.promised
        archive = Archive(
            "archive",
            ArchiveArgs(
                namespace=home.name,
                store=settings.object_store,
                source=self._source,
                operators=self._args.operators,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[home]),
        )
        before: list[pulumi.Resource] = [home, archive, *self._args.operators]
        if settings.object_store.bundled:
            before.append(self._bundled(home, archive))
        self.database = Database(
            "database",
            DatabaseArgs(
                namespace=home.name,
                name=settings.database.cluster,
                image=self._args.pins.image("postgres"),
                database=settings.database.name,
                instances=settings.database.instances,
                storage=settings.database.storage,
                storage_class=settings.storage_class,
                cpu=settings.database.cpu,
                memory=settings.database.memory,
                connections=self._args.sizes.connections,
                slow_seconds=promised.limit["slow-query"].value,
                archive_seconds=archive_seconds(promised),
                lease_seconds=lease_seconds(promised),
                recover_from=settings.database.recover_from,
                source=self._source,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        Backups(
            "backups",
            BackupsArgs(
                namespace=home.name,
                cluster=settings.database.cluster,
                full_every_seconds=promised.recovery["backup-full"].value,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[self.database]),
        )
        self.before_database = [*before, *self.database.inputs]

    def _bundled(self, home: DataNamespace, archive: Archive) -> BundledStore:
        settings = self._args.settings
        return BundledStore(
            "object-store",
            BundledStoreArgs(
                namespace=home.name,
                image=self._args.pins.image("versitygw"),
                bucket=settings.object_store.bucket,
                disk=Disk(settings.backup_storage, settings.storage_class),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[home, archive.keys]),
        )


def create_data(
    settings: StackSettings,
    promised: targets.Targets,
    sizes: Sizes,
    pins: Pins,
    operators: list[pulumi.Resource],
) -> Data:
    """Create the data tier after the operators."""
    args = DataArgs(
        settings=settings,
        promised=promised,
        sizes=sizes,
        pins=pins,
        operators=operators,
    )
    return Data("data", args)


def network_of(settings: StackSettings, pins: Pins) -> DataNetworkArgs:
    """Return the neighbours of the data namespace."""
    return DataNetworkArgs(
        app_namespace=settings.namespace,
        observability_namespace=settings.observability_namespace,
        operator_namespace=pins.manifest("cloudnative-pg").namespace,
        api_server_cidr=settings.api_server_cidr,
        store=settings.object_store,
    )
