"""The machine of a run."""

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from exchange.platforms import Platform

_PACKAGES = (
    "litestar",
    "piccolo",
    "asyncpg",
    "dramatiq",
    "redis",
    "granian",
    "msgspec",
    "patroni",
    "locust",
)
_CHECKOUT = Path(__file__).parents[1]


def describe_machine(published: Platform) -> dict[str, Any]:
    """Return cores, memory, system, versions and commit; the platform's values win."""
    return {
        "cores": psutil.cpu_count() or 0,
        "memory_bytes": psutil.virtual_memory().total,
        "processor": _read_processor(),
        "system": _read_system(),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        **published.machine,
        "commit": _read_commit(),
        "versions": _read_versions(),
    }


def _read_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return models[0].strip() if models else platform.machine()


def _read_system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.platform()
    return release.get("PRETTY_NAME", platform.platform())


def _read_commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607 the user's git
            cwd=_CHECKOUT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return "unknown"
    return answer.stdout.strip() or "unknown"


def _read_versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
