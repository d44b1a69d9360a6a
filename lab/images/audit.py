"""Search an image's files for forbidden contents before they are packed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lab.images.elf import is_elf
from lab.images.programs import ProgramFailed, run

TOOLS: Final = frozenset(
    {"apt", "apt-get", "cc", "dpkg", "gcc", "ld", "make", "pip", "pip3", "uv"}
)
"""Programs that build or install: useful only to an intruder."""
_LACKING: Final = ("cannot open shared object file", "not found")
LIBRARIES: Final = frozenset({"pip", "setuptools", "uv", "wheel"})


class ImageUnfit(Exception):
    """The files of an image break a rule; names each."""

    def __init__(self, name: str, faults: list[str]) -> None:
        shown = "\n  ".join(faults[:10])
        super().__init__(f"image {name}: {len(faults)} unfit\n  {shown}")


def faults_of(root: Path, *, bound: int = 0) -> list[str]:
    """Return every fault of an image's root folder; `bound` is in bytes, 0 for none."""
    faults: list[str] = []
    size = 0
    for path in root.rglob("*"):
        told = path.lstat()
        faults += [f"/{path.relative_to(root)}: {why}" for why in _faults(path, told)]
        size += told.st_size if stat.S_ISREG(told.st_mode) else 0
    if bound and size >= bound:
        faults.append(f"holds {size} bytes, not under {bound}")
    return [*faults, *_unlinked(root)]


def _faults(path: Path, told: os.stat_result) -> Iterator[str]:
    mode = told.st_mode
    if stat.S_ISLNK(mode):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        yield "neither a file nor a folder"
    if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
        yield "runs with another's rights (setuid or setgid)"
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield "anybody may write it"
    if path.parent.name in ("bin", "sbin") and path.name in TOOLS:
        yield "builds or installs"
    if (
        path.parent.name in ("dist-packages", "site-packages")
        and path.name in LIBRARIES
    ):
        yield "builds or installs"


def _unlinked(root: Path) -> list[str]:
    """Return programs and libraries that lack a library, by the image's own loader."""
    loader = next(root.glob("usr/lib*/ld-linux-*.so.*"), None)
    if loader is None:
        return []
    inside = f"/{loader.relative_to(root)}"
    return [
        f"/{path.relative_to(root)}: {lack}"
        for path in root.rglob("*")
        if is_elf(path)
        for lack in _lacks(root, inside, path)
    ]


def _lacks(root: Path, loader: str, path: Path) -> list[str]:
    """Return the libraries that the loader reports missing; ignore its other complaints
    about programs that need no loader.
    """
    try:
        said = run(["chroot", root, loader, "--list", f"/{path.relative_to(root)}"])
    except ProgramFailed as failed:
        said = str(failed)
    lines = (line.strip() for line in said.splitlines())
    return [line for line in lines if any(word in line for word in _LACKING)]
