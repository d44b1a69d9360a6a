"""The container that every Redis server of ours runs in."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ProbeArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)

from infra.bounds import bounded
from infra.ports import REDIS
from infra.redis_files import CONFIGURATION_AT, PASSWORD_AT, SCRATCH

ANSWER_SECONDS: Final = 10
START_SECONDS: Final = 120
"""What loading a log may take."""


def server_of(image: str, cpu: str, memory: str) -> ContainerArgsDict:
    """A Redis server with its probes: alive when it answers, ready when it serves."""
    return {
        "name": "redis",
        "image": image,
        "command": ["sh", f"{CONFIGURATION_AT}/redis.sh"],
        "ports": [{"name": "redis", "container_port": REDIS}],
        "resources": bounded(cpu, memory),
        "startup_probe": answering(REDIS, period_seconds=1, failures=START_SECONDS),
        "liveness_probe": answering(REDIS, period_seconds=20, failures=2),
        "readiness_probe": serving(period_seconds=10, failures=2),
        "volume_mounts": [*MOUNTS, {"name": "data", "mount_path": "/data"}],
    }


def answering(port: int, *, period_seconds: int, failures: int) -> ProbeArgsDict:
    """Any answer is a sign of life, a refusal too: who loads its log is not killed.

    One process and no shell, and seldom: it has to run on a node that is out of
    breath. Who leads is not its business, the proxies ask for that each second.
    """
    command = ["redis-cli", "-p", str(port), "ping"]
    return probe(command, period_seconds, failures)


def serving(*, period_seconds: int, failures: int) -> ProbeArgsDict:
    """It has loaded what it keeps, and answers who knows the password."""
    return probe(["sh", f"{CONFIGURATION_AT}/ready.sh"], period_seconds, failures)


def probe(command: list[str], period_seconds: int, failures: int) -> ProbeArgsDict:
    """A command that must end well within its time."""
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
    """The files, the password that only the pod's group may read, and scratch."""
    return [
        {"name": "configuration", "config_map": {"name": files}},
        {"name": "password", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "scratch", "empty_dir": {"size_limit": "16Mi"}},
    ]
