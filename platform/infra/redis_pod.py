"""Containers, probes and volumes of broker and cache."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ProbeArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)

from infra.ports import REDIS
from infra.quantities import resources_of
from infra.redis_config import CONFIGURATION_AT, PASSWORD_AT, SCRATCH

ANSWER_SECONDS: Final = 10
START_SECONDS: Final = 120
"""Longest time to load the append-only file."""


def server_of(image: str, cpu: str, memory: str) -> ContainerArgsDict:
    """Return a Redis container: alive if it answers, ready if it serves."""
    return {
        "name": "redis",
        "image": image,
        "command": ["sh", f"{CONFIGURATION_AT}/redis.sh"],
        "ports": [{"name": "redis", "container_port": REDIS}],
        "resources": resources_of(cpu, memory),
        "startup_probe": ping_probe(REDIS, period_seconds=1, failures=START_SECONDS),
        "liveness_probe": ping_probe(REDIS, period_seconds=20, failures=2),
        "readiness_probe": ready_probe(period_seconds=10, failures=2),
        "volume_mounts": [*MOUNTS, {"name": "data", "mount_path": "/data"}],
    }


def ping_probe(port: int, *, period_seconds: int, failures: int) -> ProbeArgsDict:
    """Return a liveness probe: any reply counts, an error during loading too.

    It is one process without a shell, and rare, so that it succeeds on a busy node. It
    does not test the role: the proxies do, each second.
    """
    command = ["redis-cli", "-p", str(port), "ping"]
    return probe(command, period_seconds, failures)


def ready_probe(*, period_seconds: int, failures: int) -> ProbeArgsDict:
    """Return a readiness probe: the data is loaded and the password is accepted."""
    return probe(["sh", f"{CONFIGURATION_AT}/ready.sh"], period_seconds, failures)


def probe(command: list[str], period_seconds: int, failures: int) -> ProbeArgsDict:
    """Return a probe by a command."""
    return {
        "exec_": {"command": command},
        "period_seconds": period_seconds,
        "timeout_seconds": ANSWER_SECONDS,
        "failure_threshold": failures,
    }


MOUNTS: Final[list[VolumeMountArgsDict]] = [
    {"name": "configuration", "mount_path": CONFIGURATION_AT, "read_only": True},
    {"name": "password", "mount_path": PASSWORD_AT, "read_only": True},
    {"name": "scratch", "mount_path": SCRATCH},
]


def volumes_of(
    files: pulumi.Input[str], secret: pulumi.Input[str]
) -> list[VolumeArgsDict]:
    """Return volumes of configuration, of the group-readable password, and scratch."""
    return [
        {"name": "configuration", "config_map": {"name": files}},
        {"name": "password", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "scratch", "empty_dir": {"size_limit": "16Mi"}},
    ]
