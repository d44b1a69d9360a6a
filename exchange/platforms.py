"""platform.json: addresses and accounts of a running platform.

`local` writes a LocalPlatform, `cluster` writes a ClusterPlatform. A reader that needs
only the common part reads a Platform from either file.
"""

import os
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

Machine = dict[str, str | int | float | None]
_PRIVATE_FILE = 0o600


class PlatformUnpublished(Exception):
    """platform.json is missing or unreadable; the message is one line."""


class Api(Struct, frozen=True):
    """The base URL of the API, and the names of the instances behind it."""

    url: str
    instances: tuple[str, ...] = ()


class Process(Struct, frozen=True, omit_defaults=True):
    """One supervised process. `metrics` and `patroni` are URLs."""

    kind: str
    address: str | None = None
    metrics: str | None = None
    patroni: str | None = None
    port: int | None = None


class Account(Struct, frozen=True):
    """A user name with its password."""

    name: str
    password: str


class Platform(Struct, frozen=True, kw_only=True):
    """The fields that both kinds of platform publish."""

    api: Api
    machine: Machine = {}
    processes: dict[str, Process] = {}
    prometheus: str | None = None
    alertmanager: str | None = None

    def metrics_pages(self, kind: str | None = None) -> dict[str, str]:
        """Return the URL of each metrics page by process, optionally of one kind."""
        return {
            name: process.metrics
            for name, process in self.processes.items()
            if process.metrics and kind in (None, process.kind)
        }


class LocalDatabase(Struct, frozen=True):
    """Three servers as host:port, the accounts, and the account of Patroni's API."""

    name: str
    hosts: tuple[str, ...]
    users: dict[str, Account]
    patroni: Account


class RedisServer(Struct, frozen=True):
    """One Redis server on this machine."""

    host: str
    port: int
    password: str


class LocalPlatform(Platform, frozen=True, kw_only=True):
    """The platform that `python -m local up` runs on this machine.

    A file named like a process in `hold_dir` keeps that process down.
    """

    schema: Literal[1] = 1
    started: str
    state: str
    hold_dir: str
    controls: tuple[str, ...] = ()
    workers: tuple[str, ...]
    database: LocalDatabase
    redis: dict[str, RedisServer]


class ClusterDatabase(Struct, frozen=True):
    """A CloudNativePG cluster in the data namespace; `monitor` may read everything."""

    monitor: Account
    name: str = "holdfast"
    cluster: str = "holdfast"


class RedisWorkload(Struct, frozen=True):
    """A Redis on Kubernetes.

    `workload` is `statefulsets/<name>` or `deployments/<name>`. `pods` is the label
    selector of its pods, `door` the one of the pods that clients connect to.
    """

    workload: str
    pods: str
    door: str
    password: str
    port: int = 6379


class Node(Struct, frozen=True):
    """Commands that cut a node off from the network, and that reconnect it."""

    cut: tuple[str, ...]
    heal: tuple[str, ...]


class ClusterPlatform(Platform, frozen=True, kw_only=True):
    """The platform that Pulumi installed on Kubernetes.

    `nodes` holds only nodes that can be cut off. `processes_here` states that the
    processes of the pods run on this machine.
    """

    kubeconfig: str
    kubectl: str
    namespace: str
    data_namespace: str
    database: ClusterDatabase
    redis: dict[str, RedisWorkload]
    nodes: dict[str, Node] = {}
    processes_here: bool = False


P = TypeVar("P", bound=Platform)


def read_platform(file: Path, kind: type[P]) -> P:
    """Decode a platform.json as `kind`; raises PlatformUnpublished."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except OSError as missing:
        raise PlatformUnpublished(f"no platform is published in {file}") from missing
    except msgspec.MsgspecError as damage:
        raise PlatformUnpublished(f"{file}: {damage}") from damage


def write_platform(platform: Platform, file: Path) -> None:
    """Write platform.json in one step with mode 0600, because it holds passwords."""
    body = msgspec.json.format(msgspec.json.encode(platform), indent=1)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=_PRIVATE_FILE)
    draft.write_bytes(body + b"\n")
    draft.replace(file)
