"""A real OpenTelemetry Collector, built once and kept outside the checkout.

Go comes from the machine if it is new enough, else as a wheel. Whatever is missing
fails the test with a sentence: nothing is skipped.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RECIPE = Path(__file__).parents[2] / ".ci" / "collector"
INGREDIENTS = ("main.go", "go.mod", "go.sum")
BUILD_SECONDS = 840


class CollectorMissing(Exception):
    """The collector could not be built here."""


def collector_program() -> Path:
    """Return the collector, built first if need be; raises CollectorMissing."""
    program = shelf() / f"otelcol-{fingerprint()}"
    with alone():
        if not program.is_file():
            build(program)
    return program


def fingerprint() -> str:
    """Digest the recipe, so that another recipe is another program."""
    digest = hashlib.sha256()
    for name in INGREDIENTS:
        digest.update((RECIPE / name).read_bytes())
    return digest.hexdigest()[:16]


def shelf() -> Path:
    """Return the folder that outlives checkouts."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "holdfast"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone() -> Iterator[None]:
    """Let one session build while others wait for it."""
    with (shelf() / "otelcol.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(program: Path) -> None:
    """Compile the collector: two minutes on two cores, downloads included."""
    half = program.with_suffix(".part")
    flags = ["-trimpath", "-mod=readonly", "-ldflags=-s -w", "-o", str(half), "."]
    run([str(find_go()), "build", *flags], CGO_ENABLED="0", GOTOOLCHAIN="local")
    half.rename(program)


def find_go() -> Path:
    """Return a Go that can compile the recipe: the machine's, or a wheel's."""
    places = [shutil.which("go"), "/usr/local/go/bin/go"]
    for place in filter(None, places):
        if Path(place).is_file() and version_of(Path(place)) >= wanted():
            return Path(place)
    return unpack_go()


def wanted() -> tuple[int, ...]:
    """Return the oldest Go that the recipe allows."""
    found = re.search(r"^go ([\d.]+)", (RECIPE / "go.mod").read_text(), re.MULTILINE)
    assert found
    return numbers_of(found[1])


def version_of(go: Path) -> tuple[int, ...]:
    """Ask a Go for its version."""
    return numbers_of(run([str(go), "env", "GOVERSION"], GOTOOLCHAIN="local"))


def numbers_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def unpack_go() -> Path:
    """Unpack the locked wheel of Go beside the collector."""
    lock = RECIPE / "go.lock"
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = shelf() / f"go-{name}"
    if not folder.is_dir():
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
        install += ["--require-hashes", "--target", str(half), "-r", str(lock)]
        run(install)
        half.rename(folder)
    return folder / "go" / "bin" / "go"


def run(command: list[str], **environment: str) -> str:
    """Run a step of the build; raises CollectorMissing with what it said last."""
    try:
        done = subprocess.run(
            command,
            cwd=RECIPE,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"the collector is missing: {command[0]}: {error}"
        raise CollectorMissing(message) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise CollectorMissing(f"the collector is missing: {command[:2]} said: {said}")
    return done.stdout
