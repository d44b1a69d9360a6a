"""Compile the recipes once and cache the results by the digest of their inputs."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from lab.cluster.golang import find_go
from lab.cluster.places import RECIPES, Places
from lab.cluster.recipes import Recipe
from lab.cluster.shell import run

BUILD_SECONDS: Final = 1800
"""The slowest build, of the provider, takes ten minutes on two idle cores."""
_ENVIRONMENT: Final = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
_INGREDIENTS: Final = ("go.mod", "go.sum", "main.go")

Say = Callable[[str], None]


def tools_of(places: Places, recipes: Sequence[Recipe]) -> list[Path]:
    """Return the folder of each recipe's programs, which may not exist yet."""
    return [folder_of(places, recipe) for recipe in recipes]


def is_built(places: Places, recipes: Sequence[Recipe]) -> bool:
    """Return whether all recipes are in the cache."""
    return all(folder_of(places, recipe).is_dir() for recipe in recipes)


def folder_of(places: Places, recipe: Recipe) -> Path:
    """Return the folder of one recipe's programs, named by the digest of its inputs."""
    digest = hashlib.sha256(msgspec.json.encode(recipe))
    for name in _INGREDIENTS:
        file = RECIPES / recipe.folder / name
        digest.update(file.read_bytes() if file.is_file() else b"-")
    return places.cache / "tools" / f"{recipe.folder}-{digest.hexdigest()[:16]}"


def build(places: Places, recipes: Sequence[Recipe], say: Say) -> list[Path]:
    """Compile the recipes that are not in the cache; return all folders in order.

    Raises CommandFailed with the end of the compiler's output. An interrupted build
    leaves only complete results.
    """
    with _alone(places):
        for recipe in recipes:
            folder = folder_of(places, recipe)
            if not folder.is_dir():
                say(f"compiling {recipe.folder} (once; kept in {places.cache})")
                _compile(places, recipe, folder)
    return tools_of(places, recipes)


def lay_out(folders: Sequence[Path], folder: Path) -> None:
    """Put every program into one folder, for PATH and for images.

    Uses hard links: a program looks for its companions beside itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    programs = (p for folder in folders for p in folder.iterdir() if p.is_file())
    for program in programs:
        placed = folder / program.name
        placed.unlink(missing_ok=True)
        try:
            placed.hardlink_to(program)
        except OSError:
            shutil.copy2(program, placed)


def _compile(places: Places, recipe: Recipe, folder: Path) -> None:
    go = find_go(places)
    half = folder.with_suffix(".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    workspace = half / "source"
    shutil.copytree(RECIPES / recipe.folder, workspace)
    for module, path, name in recipe.copies:
        _copy(go, workspace, (module, path), workspace / name)
    flags = ["-trimpath", "-mod=readonly", "-ldflags", _linker_flags(recipe)]
    flags += ["-tags", recipe.tags] if recipe.tags else []
    for program in recipe.programs:
        target = half / program.name
        command: list[str | Path] = [go, "build", *flags, "-o", target, program.package]
        run(command, folder=workspace, environment=_ENVIRONMENT, seconds=BUILD_SECONDS)
    for module, path, name in recipe.companions:
        _copy(go, workspace, (module, path), half / name)
    shutil.rmtree(workspace)
    half.rename(folder)


def _linker_flags(recipe: Recipe) -> str:
    return " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in recipe.stamps)])


def _copy(go: Path, workspace: Path, file: tuple[str, str], target: Path) -> None:
    """Copy a file or a folder out of a module, writable so that it can be removed.

    Modules lose file modes: a file that starts as a script does is made executable.
    """
    module, path = file
    run([go, "mod", "download", module], folder=workspace, seconds=BUILD_SECONDS)
    asked: list[str | Path] = [go, "list", "-m", "-f", "{{.Dir}}", module]
    folder = run(asked, folder=workspace, environment=_ENVIRONMENT).strip()
    source = Path(folder, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    for copied in (target, *target.rglob("*")):
        script = copied.is_file() and copied.read_bytes().startswith(b"#!")
        copied.chmod(copied.stat().st_mode | (0o755 if script else 0o200))


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Allow one build at a time; the second finds the first one's results."""
    places.cache.mkdir(parents=True, exist_ok=True)
    with (places.cache / "tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
