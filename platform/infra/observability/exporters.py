"""Exporters: programs that look at what cannot speak for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from infra.appliance import Appliance, Binary, Mounted, configured, hidden
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import unnamed
from infra.observability.naming import (
    BLACKBOX_EXPORTER,
    NODE_EXPORTER,
    PORTS,
    REDIS_EXPORTER,
)
from infra.observability.scraping import SCRAPE_SECONDS, STORES
from infra.ports import REDIS
from infra.secret_text import SecretText

SETTINGS_AT: Final = "/settings"
PASSWORDS: Final = "passwords.json"


@dataclass(frozen=True, kw_only=True)
class ExportersArgs:
    """Who looks, and at which stores."""

    namespace: pulumi.Input[str]
    data_namespace: str
    redis: Binary
    node: Binary
    blackbox: Binary
    source: SecretSource


class Exporters(pulumi.ComponentResource):
    """Of both Redis stores, of every node, and of the API as its callers see it."""

    def __init__(
        self,
        name: str,
        args: ExportersArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Exporters", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        for appliance in (
            redis_exporter(args.redis, self._passwords(args)),
            blackbox_exporter(args.blackbox, self._modules(args)),
        ):
            workload = ApplianceWorkloadArgs(
                namespace=args.namespace, appliance=appliance
            )
            ApplianceWorkload(appliance.name, workload, child)
        ApplianceWorkload(
            NODE_EXPORTER,
            ApplianceWorkloadArgs(
                namespace=args.namespace,
                appliance=node_exporter(args.node),
                kind="everywhere",
            ),
            child,
        )
        self.register_outputs({})

    def _passwords(self, args: ExportersArgs) -> Mounted:
        kept = keep_secret(
            REDIS_EXPORTER,
            KeptSecretArgs(
                metadata=unnamed(args.namespace),
                texts={PASSWORDS: redis_passwords(args.data_namespace)},
                source=args.source,
                immutable=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return Mounted(
            name="settings", at=SETTINGS_AT, volume=hidden("settings", kept.name)
        )

    def _modules(self, args: ExportersArgs) -> Mounted:
        made = ConfigMap(
            BLACKBOX_EXPORTER,
            metadata=unnamed(args.namespace),
            data={"blackbox.yml": blackbox_configuration()},
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        name = made.metadata["name"]
        return Mounted(
            name="settings", at=SETTINGS_AT, volume=configured("settings", name)
        )


def redis_exporter(binary: Binary, passwords: Mounted) -> Appliance:
    """One exporter for both stores; it is told at each scrape which one to ask."""
    arguments = ("--redis.addr=", f"--redis.password-file={SETTINGS_AT}/{PASSWORDS}")
    return _exporter(REDIS_EXPORTER, binary, arguments, passwords)


def blackbox_exporter(binary: Binary, modules: Mounted) -> Appliance:
    """Asks pages as a caller would."""
    arguments = (f"--config.file={SETTINGS_AT}/blackbox.yml", "--log.level=warn")
    return _exporter(BLACKBOX_EXPORTER, binary, arguments, modules)


def node_exporter(binary: Binary) -> Appliance:
    """One on each node, with no more rights than any other pod.

    What it sees as its own root lies on the node's disk, and memory and processors
    are the node's anyway. Disks that only other pods have mounted it does not see.
    """
    return _exporter(NODE_EXPORTER, binary, ("--log.level=warn",))


def redis_passwords(data_namespace: str) -> SecretText:
    """The exporter's password file, keyed by address."""
    addresses = {
        f"redis://{store}.{data_namespace}.svc:{REDIS}": f"{{{store}Password}}"
        for store in STORES
    }
    return SecretText(msgspec.json.encode(addresses).decode())


def blackbox_configuration() -> str:
    """blackbox.yml: a page is up when it answers 2xx in time."""
    module = {
        "prober": "http",
        "timeout": f"{SCRAPE_SECONDS - 1}s",
        "http": {"preferred_ip_protocol": "ip4"},
    }
    return msgspec.json.encode({"modules": {"http_2xx": module}}).decode()


def _exporter(
    name: str, binary: Binary, arguments: Sequence[str], *mounts: Mounted
) -> Appliance:
    return Appliance(
        name=name,
        binary=binary,
        arguments=(*arguments, f"--web.listen-address=:{PORTS[name]}"),
        ports={"http": PORTS[name]},
        health="/",
        cpu="20m",
        memory="64Mi",
        mounts=mounts,
        account=name,
    )
