"""Prometheus exporters of Redis, of the nodes, and of the API's health pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import pulumi

from infra.kubernetes_secret import SecretSource
from infra.observability.files import SETTINGS_AT, plain_files, secret_files
from infra.observability.names import (
    BLACKBOX_EXPORTER,
    NODE_EXPORTER,
    PORTS,
    REDIS_EXPORTER,
)
from infra.observability.scraping import SCRAPE_SECONDS, STORES
from infra.ports import REDIS
from infra.secret_text import SecretText
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

PASSWORDS: Final = "passwords.json"
NOT_A_DISK: Final = "^/(dev|etc|proc|run|sys)($|/)"
"""The runtime mounts files of the node's disk there, which would count it twice."""


@dataclass(frozen=True, kw_only=True)
class ExportersArgs:
    """The images, and the namespace of the Redis servers."""

    namespace: pulumi.Input[str]
    data_namespace: str
    redis: Binary
    node: Binary
    blackbox: Binary
    source: SecretSource


class Exporters(pulumi.ComponentResource):
    """Exporters of both Redis servers, of every node, and of the API's health pages."""

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
        for program in (
            redis_exporter(
                args.redis,
                secret_files(REDIS_EXPORTER, home, passwords, args.source, child),
            ),
            blackbox_exporter(
                args.blackbox, plain_files(BLACKBOX_EXPORTER, home, modules, child)
            ),
        ):
            workload = ThirdPartyWorkloadArgs(namespace=home, program=program)
            ThirdPartyWorkload(program.name, workload, child)
        ThirdPartyWorkload(
            NODE_EXPORTER,
            ThirdPartyWorkloadArgs(
                namespace=home,
                program=node_exporter(args.node),
                every_node=True,
            ),
            child,
        )
        self.register_outputs({})


def redis_exporter(binary: Binary, passwords: Mount) -> ThirdPartyProgram:
    """Return one exporter for both servers; each scrape names the server."""
    arguments = ("--redis.addr=", f"--redis.password-file={SETTINGS_AT}/{PASSWORDS}")
    return _exporter(REDIS_EXPORTER, binary, arguments, passwords)


def blackbox_exporter(binary: Binary, modules: Mount) -> ThirdPartyProgram:
    """Return the exporter that requests pages as a client does."""
    arguments = (f"--config.file={SETTINGS_AT}/blackbox.yml", "--log.level=warn")
    return _exporter(BLACKBOX_EXPORTER, binary, arguments, modules)


def node_exporter(binary: Binary) -> ThirdPartyProgram:
    """Return the exporter of each node, with no more rights than any other pod.

    Its scratch folder is on the node's disk, and memory and CPU are those of the node.
    It does not see disks that only other pods have mounted.
    """
    excluded = f"--collector.filesystem.mount-points-exclude={NOT_A_DISK}"
    return _exporter(NODE_EXPORTER, binary, (excluded, "--log.level=warn"))


def redis_passwords(data_namespace: str) -> SecretText:
    """Return the Redis exporter's password file: passwords by address."""
    addresses = {
        f"redis://{store}.{data_namespace}.svc:{REDIS}": f"{{{store}Password}}"
        for store in STORES
    }
    return SecretText(msgspec.json.encode(addresses).decode())


def blackbox_configuration() -> str:
    """Return blackbox.yml: a page is up if it answers 2xx in time."""
    module = {
        "prober": "http",
        "timeout": f"{SCRAPE_SECONDS - 1}s",
        "http": {"preferred_ip_protocol": "ip4"},
    }
    return msgspec.json.encode({"modules": {"http_2xx": module}}).decode()


def _exporter(
    name: str, binary: Binary, arguments: Sequence[str], *mounts: Mount
) -> ThirdPartyProgram:
    return ThirdPartyProgram(
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
