"""Pod and Service of a third-party program: hardened, with limits and probes."""

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
STARTUP_PROBES: Final = 150
"""At two seconds each: at its start a program reads its stored data again."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """An image and its command; without a command, the image's own entry point."""

    image: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume and its mount path."""

    name: str
    at: str
    volume: VolumeArgsDict | None = None
    """None for a disk that the workload claims."""
    writable: bool = False


@dataclass(frozen=True, kw_only=True)
class ThirdPartyProgram:
    """One third-party program and the resources of its pod."""

    name: str
    binary: Binary
    arguments: Sequence[str] = ()
    ports: Mapping[str, int]
    """By name; the probes use the first."""
    health: str
    """Path that answers 2xx while the program works."""
    cpu: str = "50m"
    memory: str
    """Both request and limit."""
    mounts: Sequence[Mount] = ()
    environment: Sequence[EnvVarArgsDict] = ()
    account: str
    mounts_api_token: bool = False
    """Only for programs that list pods through the API server."""
    supplemental_groups: Sequence[int] = ()
    """Further groups whose files it may read."""


def template_of(program: ThirdPartyProgram, *claimed: Mount) -> PodTemplateSpecArgsDict:
    """Return the pod template; `claimed` are mounts of the workload's disks."""
    mounts = (*program.mounts, *claimed)
    spec: PodSpecArgsDict = {
        "service_account_name": program.account,
        "automount_service_account_token": program.mounts_api_token,
        "enable_service_links": False,
        "security_context": {
            **POD_SECURITY,
            "supplemental_groups": list(program.supplemental_groups),
        },
        "containers": [container_of(program, mounts)],
        "volumes": [
            {"name": "scratch", "empty_dir": {"size_limit": SCRATCH}},
            *(mount.volume for mount in mounts if mount.volume is not None),
        ],
    }
    return {"metadata": {"labels": labels_of(program.name)}, "spec": spec}


def container_of(
    program: ThirdPartyProgram, mounts: Sequence[Mount]
) -> ContainerArgsDict:
    """Return the only container.

    Its CPU limit is far above its request: metrics that are late because their
    collector is throttled are worse than a busy neighbour.
    """
    container: ContainerArgsDict = {
        "name": program.name,
        "image": program.binary.image,
        "args": list(program.arguments),
        "env": list(program.environment),
        "ports": [
            {"name": name, "container_port": port}
            for name, port in program.ports.items()
        ],
        "resources": {
            "requests": {"cpu": program.cpu, "memory": program.memory},
            "limits": {"cpu": "1", "memory": program.memory},
        },
        "security_context": CONTAINER_SECURITY,
        "startup_probe": _http_probe(program, every=2, failures=STARTUP_PROBES),
        "liveness_probe": _http_probe(program, every=10, failures=6),
        "readiness_probe": _http_probe(program, every=5, failures=2),
        "volume_mounts": [
            {"name": "scratch", "mount_path": "/tmp"},  # noqa: S108 the root is read-only
            *map(_mount_of, mounts),
        ],
    }
    if program.binary.command:
        container["command"] = list(program.binary.command)
    return container


def _http_probe(
    program: ThirdPartyProgram, *, every: int, failures: int
) -> ProbeArgsDict:
    return {
        "http_get": {"path": program.health, "port": next(iter(program.ports))},
        "period_seconds": every,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }


def service_of(program: ThirdPartyProgram) -> ServiceSpecArgsDict:
    """Return a Service inside the cluster with the program's ports."""
    return {
        "type": "ClusterIP",
        "selector": labels_of(program.name),
        "ports": [
            {"name": name, "port": port, "target_port": name}
            for name, port in program.ports.items()
        ],
    }


def config_map_volume(name: str, config_map: pulumi.Input[str]) -> VolumeArgsDict:
    """Return a volume of the files in a ConfigMap."""
    return {"name": name, "config_map": {"name": config_map}}


def secret_volume(name: str, secret: pulumi.Input[str]) -> VolumeArgsDict:
    """Return a volume of a Secret's files, readable by the program's group only."""
    return {"name": name, "secret": {"secret_name": secret, "default_mode": 0o440}}


def _mount_of(mount: Mount) -> VolumeMountArgsDict:
    return {"name": mount.name, "mount_path": mount.at, "read_only": not mount.writable}
