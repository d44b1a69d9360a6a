"""Programs of the tests that are compiled once and kept outside the checkout.

Go comes from the machine if it is new enough, else as a wheel. A missing part fails
the test with a sentence: nothing is skipped.
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

from msgspec import Struct

RECIPES = Path(__file__).parents[1] / ".ci"
BUILD_SECONDS = 840


class Recipe(Struct, frozen=True):
    """A module graph below `.ci` that pins one program."""

    folder: str
    program: str
    package: str = "."

    @property
    def path(self) -> Path:
        return RECIPES / self.folder


COLLECTOR = Recipe("collector", "otelcol")
PROMTOOL = Recipe(
    "promtool", "promtool", "github.com/prometheus/prometheus/cmd/promtool"
)


class ProgramMissing(Exception):
    """The program could not be compiled here."""


def compiled(recipe: Recipe) -> Path:
    """Return the program, compiled first if need be; raises ProgramMissing.

    The first time takes minutes on two cores, downloads included.
    """
    program = cache() / f"{recipe.program}-{fingerprint(recipe)}"
    with alone(recipe):
        if not program.is_file():
            compile_program(recipe, program)
    return program


def fingerprint(recipe: Recipe) -> str:
    """Digest the recipe, so that another recipe is another program."""
    digest = hashlib.sha256()
    for file in sorted(recipe.path.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cache() -> Path:
    """Return the folder that outlives checkouts."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "holdfast"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone(recipe: Recipe) -> Iterator[None]:
    """Let one process compile while others wait for it."""
    with (cache() / f"{recipe.program}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def compile_program(recipe: Recipe, program: Path) -> None:
    """Compile one program; raises ProgramMissing."""
    half = program.with_suffix(".part")
    flags = ["-trimpath", "-mod=readonly", "-ldflags=-s -w", "-o", str(half)]
    command = [str(find_go()), "build", *flags, recipe.package]
    run(command, recipe.path, CGO_ENABLED="0", GOTOOLCHAIN="local")
    half.rename(program)


def find_go() -> Path:
    """Return a Go that can compile every recipe: the machine's, or a wheel's."""
    places = [shutil.which("go"), "/usr/local/go/bin/go"]
    for place in filter(None, places):
        if Path(place).is_file() and version_of(Path(place)) >= wanted():
            return Path(place)
    return unpack_go()


def wanted() -> tuple[int, ...]:
    """Return the oldest Go that every recipe allows."""
    texts = [(one.path / "go.mod").read_text() for one in (COLLECTOR, PROMTOOL)]
    found = re.findall(r"^go ([\d.]+)", "\n".join(texts), re.MULTILINE)
    return max(map(numbers_of, found))


def version_of(go: Path) -> tuple[int, ...]:
    """Ask a Go for its version."""
    return numbers_of(run([str(go), "env", "GOVERSION"], RECIPES, GOTOOLCHAIN="local"))


def numbers_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def unpack_go() -> Path:
    """Unpack the locked wheel of Go beside the programs."""
    lock = RECIPES / "go.lock"
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = cache() / f"go-{name}"
    if not folder.is_dir():
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
        install += ["--require-hashes", "--target", str(half), "-r", str(lock)]
        run(install, RECIPES)
        half.rename(folder)
    return folder / "go" / "bin" / "go"


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a step of the build; raises ProgramMissing with its last words."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"cannot compile: {command[0]}: {error}"
        raise ProgramMissing(message) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise ProgramMissing(f"cannot compile: {command[:2]} said: {said}")
    return done.stdout
