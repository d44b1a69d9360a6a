"""What a container may use: memory as reserved, processor time beyond it while idle."""

import re
from typing import Final

from pulumi_kubernetes.core.v1 import ResourceRequirementsArgsDict

BURST: Final = 4
"""Of the reserved CPU may be used while it is idle: starts and failovers are short."""
MEBIBYTES: Final = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}


def bounded(cpu: str, memory: str) -> ResourceRequirementsArgsDict:
    """As much memory as it may ever use is reserved; of the CPU a part."""
    return {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": cores(millicores(cpu) * BURST), "memory": memory},
    }


def cores(millis: int) -> str:
    """A quantity as Kubernetes writes it back: `1`, not `1000m`."""
    return f"{millis}m" if millis % 1000 else str(millis // 1000)


def millicores(cpu: str) -> int:
    """A Kubernetes quantity such as `250m` or `2` as thousandths of a core."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


def mebibytes(memory: str) -> int:
    """A Kubernetes quantity such as `192Mi` or `1Gi` as a number."""
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi|Ti)", memory).groups()  # type: ignore[union-attr]
    return int(number) * MEBIBYTES[unit]
