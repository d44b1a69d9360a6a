"""Read our Containerfile, so that Docker and this package follow one recipe."""

import json
from pathlib import Path

from msgspec import Struct


class ContainerfileUnread(Exception):
    """The file has an instruction that this package does not support; names it."""


class Copy(Struct, frozen=True):
    """Files of the checkout into the building stage."""

    sources: tuple[str, ...]
    target: str
    """A folder that gets each by its name, if this ends with `/`; else the new name."""


class Run(Struct, frozen=True):
    """A command in the building stage."""

    command: str


class Containerfile(Struct, frozen=True):
    """A stage that builds, and an image that is one folder of it."""

    epoch: int
    """The time of every file, in seconds."""
    furnishing: tuple[Copy | Run, ...]
    """Steps up to the first command: the tools, which do not depend on our code."""
    making: tuple[Copy | Run, ...]
    """The steps after it, which make the image's files."""
    root: str
    """The folder that becomes the image."""
    environment: tuple[tuple[str, str], ...]
    workdir: str
    user: int
    command: tuple[str, ...]


Lines = list[tuple[str, str]]


def read_containerfile(file: Path) -> Containerfile:
    """Read the file; raises `ContainerfileUnread` if it has another shape than ours."""
    lines: Lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, told = line.partition(" ")
            lines.append((name, told.strip()))
    try:
        return _follow(lines)
    except (ValueError, IndexError, KeyError) as wrong:
        raise ContainerfileUnread(f"{file.name}: {wrong}") from wrong


def _follow(lines: Lines) -> Containerfile:
    second = [name for name, _ in lines].index("FROM", 1)
    building, final = lines[1:second], lines[second:]
    _only(building, {"ARG", "COPY", "RUN"})
    _only(final, {"FROM", "COPY", "ENV", "WORKDIR", "USER", "CMD"})
    if _one(final, "FROM") != "scratch":
        raise ValueError("the image must be FROM scratch, with nothing else in it")
    told = dict(told.split("=") for told in _all(building, "ARG"))
    steps = [_step(name, told) for name, told in building if name != "ARG"]
    first = next(at for at, step in enumerate(steps) if isinstance(step, Run)) + 1
    stage, root, target = _one(final, "COPY").split()
    if (stage, target) != ("--from=build", "/"):
        raise ValueError("the image must be one folder of the stage `build`")
    return Containerfile(
        epoch=int(told["SOURCE_DATE_EPOCH"]),
        furnishing=tuple(steps[:first]),
        making=tuple(steps[first:]),
        root=root,
        environment=tuple(_pair(told) for told in _all(final, "ENV")),
        workdir=_one(final, "WORKDIR"),
        user=int(_one(final, "USER").partition(":")[0]),
        command=tuple(json.loads(_one(final, "CMD"))),
    )


def _step(name: str, told: str) -> Copy | Run:
    if name == "RUN":
        return Run(told)
    *sources, target = told.split()
    return Copy(tuple(sources), target)


def _pair(told: str) -> tuple[str, str]:
    name, _, value = told.partition("=")
    return name, value


def _only(lines: Lines, known: set[str]) -> None:
    for name, told in lines:
        if name not in known:
            raise ValueError(f"no idea what {name} {told} asks of this room")


def _all(lines: Lines, name: str) -> list[str]:
    return [told for said, told in lines if said == name]


def _one(lines: Lines, name: str) -> str:
    found = _all(lines, name)
    if len(found) != 1:
        raise ValueError(f"the image needs one {name}, not {len(found)}")
    return found[0]
