"""A program of others, as a hardened and bounded pod with a Service of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    PodTemplateSpecArgsDict,
    ProbeArgsDict,
    ServiceSpecArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)

from infra.labels import labels_of
from infra.security import CONTAINER_SECURITY, POD_SECURITY

SCRATCH: Final = "128Mi"
START_LOOKS: Final = 150
"""At two seconds each: what was collected before is read again at the start."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """An image and what it starts; without a command, its own entry point."""

    image: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """A volume and where its files are; `kept` ones may be written."""

    name: str
    at: str
    volume: VolumeArgsDict | None = None
    """None for a disk that the workload claims."""
    kept: bool = False


@dataclass(frozen=True, kw_only=True)
class Appliance:
    """One program of others, as a pod sees it."""

    name: str
    binary: Binary
    arguments: Sequence[str] = ()
    ports: Mapping[str, int]
    """By name; the first is the one that health is asked at."""
    health: str
    """A page that answers 2xx while the program works."""
    cpu: str = "50m"
    memory: str
    """Its limit and its request."""
    mounts: Sequence[Mounted] = ()
    environment: Sequence[EnvVarArgsDict] = ()
    account: str
    asks_the_cluster: bool = False
    """Its pod bears the account's token: only for who looks for pods."""
    read_groups: Sequence[int] = ()
    """More groups whose files it may read."""


def template_of(appliance: Appliance, *claimed: Mounted) -> PodTemplateSpecArgsDict:
    """The template that a workload fills its pods from; `claimed` are disks."""
    mounts = (*appliance.mounts, *claimed)
    spec: PodSpecArgsDict = {
        "service_account_name": appliance.account,
        "automount_service_account_token": appliance.asks_the_cluster,
        "enable_service_links": False,
        "security_context": {
            **POD_SECURITY,
            "supplemental_groups": list(appliance.read_groups),
        },
        "containers": [container_of(appliance, mounts)],
        "volumes": [
            {"name": "scratch", "empty_dir": {"size_limit": SCRATCH}},
            *(mount.volume for mount in mounts if mount.volume is not None),
        ],
    }
    return {"metadata": {"labels": labels_of(appliance.name)}, "spec": spec}


def container_of(appliance: Appliance, mounts: Sequence[Mounted]) -> ContainerArgsDict:
    """Its only container.

    Processor time is asked for and bounded far above: figures that come late because
    their collector is throttled are worse than a busy neighbour.
    """
    container: ContainerArgsDict = {
        "name": appliance.name,
        "image": appliance.binary.image,
        "args": list(appliance.arguments),
        "env": list(appliance.environment),
        "ports": [
            {"name": name, "container_port": port}
            for name, port in appliance.ports.items()
        ],
        "resources": {
            "requests": {"cpu": appliance.cpu, "memory": appliance.memory},
            "limits": {"cpu": "1", "memory": appliance.memory},
        },
        "security_context": CONTAINER_SECURITY,
        "startup_probe": _asked(appliance, every=2, failures=START_LOOKS),
        "liveness_probe": _asked(appliance, every=10, failures=6),
        "readiness_probe": _asked(appliance, every=5, failures=2),
        "volume_mounts": [
            {"name": "scratch", "mount_path": "/tmp"},  # noqa: S108 the root is read-only
            *map(_mount_of, mounts),
        ],
    }
    if appliance.binary.command:
        container["command"] = list(appliance.binary.command)
    return container


def _asked(appliance: Appliance, *, every: int, failures: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": appliance.health, "port": next(iter(appliance.ports))},
        "period_seconds": every,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }


def service_of(appliance: Appliance) -> ServiceSpecArgsDict:
    """The program by its name, on its own ports, inside the cluster."""
    return {
        "type": "ClusterIP",
        "selector": labels_of(appliance.name),
        "ports": [
            {"name": name, "port": port, "target_port": name}
            for name, port in appliance.ports.items()
        ],
    }


def configured(name: str, config_map: pulumi.Input[str]) -> VolumeArgsDict:
    """A volume of the files in a ConfigMap."""
    return {"name": name, "config_map": {"name": config_map}}


def hidden(name: str, secret: pulumi.Input[str]) -> VolumeArgsDict:
    """A volume of the files in a Secret, which only the program's group may read."""
    return {"name": name, "secret": {"secret_name": secret, "default_mode": 0o440}}


def _mount_of(mount: Mounted) -> VolumeMountArgsDict:
    return {"name": mount.name, "mount_path": mount.at, "read_only": not mount.kept}
