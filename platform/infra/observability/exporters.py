"""Exporters: programs that look at what cannot speak for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import pulumi

from infra.appliance import Appliance, Binary, Mounted
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs
from infra.kept_secret import SecretSource
from infra.observability.files import SETTINGS_AT, plain_files, secret_files
from infra.observability.naming import (
    BLACKBOX_EXPORTER,
    NODE_EXPORTER,
    PORTS,
    REDIS_EXPORTER,
)
from infra.observability.scraping import SCRAPE_SECONDS, STORES
from infra.ports import REDIS
from infra.secret_text import SecretText

PASSWORDS: Final = "passwords.json"
NOT_A_DISK: Final = "^/(dev|etc|proc|run|sys)($|/)"
"""The runtime mounts single files of the node's disk there: the same disk, again."""


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
        home = args.namespace
        passwords = {PASSWORDS: redis_passwords(args.data_namespace)}
        modules = {"blackbox.yml": blackbox_configuration()}
        for appliance in (
            redis_exporter(
                args.redis,
                secret_files(REDIS_EXPORTER, home, passwords, args.source, child),
            ),
            blackbox_exporter(
                args.blackbox, plain_files(BLACKBOX_EXPORTER, home, modules, child)
            ),
        ):
            workload = ApplianceWorkloadArgs(namespace=home, appliance=appliance)
            ApplianceWorkload(appliance.name, workload, child)
        ApplianceWorkload(
            NODE_EXPORTER,
            ApplianceWorkloadArgs(
                namespace=home,
                appliance=node_exporter(args.node),
                kind="everywhere",
            ),
            child,
        )
        self.register_outputs({})


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

    Its scratch folder lies on the node's disk, and memory and processors are the
    node's anyway. Disks that only other pods have mounted it does not see.
    """
    seen = f"--collector.filesystem.mount-points-exclude={NOT_A_DISK}"
    return _exporter(NODE_EXPORTER, binary, (seen, "--log.level=warn"))


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
