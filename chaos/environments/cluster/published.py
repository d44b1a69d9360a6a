"""What `python -m cluster publish` says of a platform on Kubernetes."""

from pathlib import Path

import msgspec
from msgspec import Struct

from chaos.environments.environment import PlatformMissing


class Api(Struct, frozen=True):
    """Where requests go; a URL that this machine reaches."""

    url: str


class Account(Struct, frozen=True):
    """A role of the database that may read everything."""

    name: str
    password: str


class Database(Struct, frozen=True):
    """A CloudNativePG cluster in the data namespace, and who may look at it."""

    monitor: Account
    name: str = "holdfast"
    cluster: str = "holdfast"


class Store(Struct, frozen=True):
    """A Redis: what runs it, which pods are it, and which pods lead to it.

    `workload` is `statefulsets/<name>` or `deployments/<name>`; selectors are labels.
    """

    workload: str
    pods: str
    door: str
    password: str
    port: int = 6379


class Node(Struct, frozen=True):
    """Commands that cut a node off from everybody else, and that heal it."""

    cut: tuple[str, ...]
    heal: tuple[str, ...]


class ClusterPlatform(Struct, frozen=True, kw_only=True):
    """One installation. `nodes` are only those that can be cut off.

    `processes_here` says that the pods' processes run on this machine.
    """

    kubeconfig: str
    kubectl: str
    namespace: str
    data_namespace: str
    api: Api
    database: Database
    redis: dict[str, Store]
    machine: dict[str, str | int | float | None]
    nodes: dict[str, Node] = {}
    processes_here: bool = False

    @classmethod
    def load(cls, file: Path) -> "ClusterPlatform":
        """What the file says; raises PlatformMissing."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except FileNotFoundError as missing:
            raise PlatformMissing(
                f"no platform on Kubernetes is published in {file}: "
                "start it with `task cluster:up`"
            ) from missing
        except msgspec.MsgspecError as damage:
            raise PlatformMissing(f"{file}: {damage}") from damage
