"""The machine, versions and commit of a run."""

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from bench.environment import LOCK_FILE

_OURS = ("litestar", "granian", "asyncpg", "msgspec", "uvloop", "dramatiq", "redis")
_PEERS = ("fastapi", "uvicorn", "sqlalchemy", "pydantic", "celery", "dramatiq")
_ROOT = Path(__file__).parents[1]


def describe() -> dict[str, Any]:
    """Describe the machine, for comparison with other machines."""
    release = ".".join(platform.release().split(".")[:2])
    return {
        "processor": find_processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {release}",
        "python": platform.python_version(),
        "ours": {name: metadata.version(name) for name in _OURS},
        "peers": read_locked(_PEERS),
        "commit": find_commit(),
    }


def find_processor() -> str:
    """Return the name of the processor where the system provides it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def read_locked(names: tuple[str, ...]) -> dict[str, str]:
    """Return the versions in the peers' lock file."""
    pinned = dict(
        line.split(" ", 1)[0].split("==", 1)
        for line in LOCK_FILE.read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    return {name: pinned[name] for name in names if name in pinned}


def find_commit() -> str:
    """Return the commit of the checkout, with a plus when files differ; or nothing."""
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        return ""
    answers = [
        subprocess.run(  # noqa: S603 - our own command lines
            [git, *asked], cwd=_ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()
        for asked in (
            ("rev-parse", "--short", "HEAD"),
            ("status", "--porcelain", "--untracked-files=no"),
        )
    ]
    return answers[0] + ("+" if answers[1] else "")
