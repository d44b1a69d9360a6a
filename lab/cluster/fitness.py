"""Check that this machine can run a cluster, before anything is made."""

import os
import shutil
from pathlib import Path
from typing import Final

import psutil

from lab.cluster.places import Places
from lab.cluster.programs import install_packages, missing_packages

GIBIBYTE: Final = 2**30
MEMORY_BYTES: Final = 6 * GIBIBYTE
DISK_BYTES: Final = 20 * GIBIBYTE


class MachineUnfit(Exception):
    """This machine lacks something; one line that names it and the remedy."""


def check_machine(places: Places) -> None:
    """Raise MachineUnfit for the first thing that is missing."""
    if os.geteuid() != 0:
        raise MachineUnfit(
            "a cluster of this machine needs root: sudo ./task cluster:up"
        )
    if not shutil.which("nsenter") or not shutil.which("unshare"):
        raise MachineUnfit("nsenter and unshare are missing: install util-linux")
    if "overlay" not in Path("/proc/filesystems").read_text(encoding="utf-8"):
        raise MachineUnfit("this kernel has no overlay file system: modprobe overlay")
    if psutil.virtual_memory().total < MEMORY_BYTES:
        wanted = MEMORY_BYTES // GIBIBYTE
        raise MachineUnfit(f"less than {wanted} GiB of memory: use a larger machine")
    places.state.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(places.state).free < DISK_BYTES:
        wanted = DISK_BYTES // GIBIBYTE
        raise MachineUnfit(f"less than {wanted} GiB free under {places.state}")


def ensure_packages() -> list[str]:
    """Install the missing Debian packages; return their names.

    Raises CommandFailed when apt refuses, MachineUnfit where there is no apt.
    """
    lacking = missing_packages()
    if lacking and not shutil.which("apt-get"):
        raise MachineUnfit(f"install {', '.join(lacking)} and run this again")
    if lacking:
        install_packages(lacking)
    return lacking
