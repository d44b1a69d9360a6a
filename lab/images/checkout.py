"""Build the image of a checkout by the steps of the Containerfile."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lab.images.containerfile import Containerfile, Copy, Run
from lab.images.workshop import bare_workshop, open_workshop, pack_workshop, work

_UNWANTED: Final = "__pycache__"
"""As in Containerfile.dockerignore."""

Steps = Iterable[Copy | Run]


def sources_of(steps: Steps, checkout: Path) -> list[Path]:
    """Return every file that the steps copy, sorted."""
    copied = (source for source, _ in _copied(steps, checkout))
    return sorted(copied)


def furnish(read: Containerfile, checkout: Path, folder: Path, archive: Path) -> None:
    """Write the building stage with its tools, made in `folder`, as an archive.

    Raises `ProgramFailed`, `ProgramMissing`, `MirrorUnknown`.
    """
    stage = folder / "stage"
    open_workshop(bare_workshop(folder), stage)
    _take(read.furnishing, checkout, stage)
    pack_workshop(stage, archive)


def lay_checkout(
    read: Containerfile, checkout: Path, workshop: Path, folder: Path
) -> Path:
    """Make the image's files below `folder`; return its root. Raises ProgramFailed."""
    stage = folder / "stage"
    open_workshop(workshop, stage)
    _take(read.making, checkout, stage)
    return stage / read.root.lstrip("/")


def _take(steps: Steps, checkout: Path, stage: Path) -> None:
    for step in steps:
        if isinstance(step, Run):
            work(step.command, stage)
            continue
        for source, target in _copied([step], checkout):
            there = stage / target.lstrip("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, there)


def _copied(steps: Steps, checkout: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file that is copied, and its destination."""
    for step in (step for step in steps if isinstance(step, Copy)):
        for name in step.sources:
            source = checkout / name
            into = step.target.endswith("/")
            target = f"{step.target}{source.name}" if into else step.target
            if source.is_file():
                yield source, target
                continue
            for file in source.rglob("*"):
                if file.is_file() and _UNWANTED not in file.parts:
                    yield file, f"{target}/{file.relative_to(source)}"
