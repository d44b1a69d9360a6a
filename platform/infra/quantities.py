"""Kubernetes quantities, and the resources of a container made of them."""

import re
from typing import Final

from pulumi_kubernetes.core.v1 import ResourceRequirementsArgsDict

BURST: Final = 4
"""CPU limit as a multiple of the request: starts and failovers need short bursts."""
MEBIBYTES: Final = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}


def resources_of(cpu: str, memory: str) -> ResourceRequirementsArgsDict:
    """Return requests and limits: all of the memory is requested, a part of the CPU."""
    return {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": cores(millicores(cpu) * BURST), "memory": memory},
    }


def cores(millis: int) -> str:
    """Return a CPU quantity as Kubernetes normalizes it: `1`, not `1000m`."""
    return f"{millis}m" if millis % 1000 else str(millis // 1000)


def millicores(cpu: str) -> int:
    """Parse a CPU quantity such as `250m` or `2` into thousandths of a core."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


def mebibytes(memory: str) -> int:
    """Parse a memory quantity such as `192Mi` or `1Gi`."""
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi|Ti)", memory).groups()  # type: ignore[union-attr]
    return int(number) * MEBIBYTES[unit]
