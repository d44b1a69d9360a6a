"""The peers' own Python environment, created from its lock file on first use."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.services import ServiceMissing
from exchange.folders import tools_folder

LOCK_FILE = Path(__file__).parent / "peers" / "requirements.lock"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def prepare(
    watch: Callable[[str], None],
    *,
    tools: Path | None = None,
    requirements: Path = LOCK_FILE,
) -> Path:
    """Return the interpreter of the peers; `watch` is called if it must be created.

    It is in `tools`, by default the tools of the state folder, under a name that
    changes with the lock file and with our own Python. Raises ServiceMissing.
    """
    locked = requirements.read_bytes() + sys.version.encode()
    name = f"peers-{hashlib.sha256(locked).hexdigest()[:12]}"
    folder = (tools or tools_folder()) / name
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    with held(folder.with_suffix(".lock")):
        if not ready.exists():
            watch("installing the peers' own environment (once, about half a minute)")
            install(folder, requirements)
            ready.touch()
    return python


def install(folder: Path, requirements: Path) -> None:
    """Create the environment with every hash checked; raises ServiceMissing."""
    uv = find_uv()
    shutil.rmtree(folder, ignore_errors=True)
    run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    command = [uv, "pip", "install", "--quiet", "--require-hashes"]
    command += ["--python", str(folder / "bin" / "python"), "-r", str(requirements)]
    run(command)


def find_uv() -> str:
    """Return the uv beside our interpreter, or on the path; raises ServiceMissing."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ServiceMissing("the peers need uv: install requirements/dev.lock")
    return found


def run(command: list[str]) -> None:
    """Run one step; raises ServiceMissing with its last output."""
    # A company's own certificates live in the system's store, not in uv.
    trust = {"UV_SYSTEM_CERTS": "true"} if _CERTIFICATES.exists() else {}
    ended = subprocess.run(  # noqa: S603 - our own command line
        command, env=os.environ | trust, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ServiceMissing(f"the peers' environment: {ended.stderr.strip()[-500:]}")


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the lock, so that one process at a time creates the environment."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
