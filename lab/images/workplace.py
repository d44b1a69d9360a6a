"""Temporary folders in which root folders are made: in memory if there is room."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - everything in it is in a folder of ours
ROOM: Final = 3_000_000_000
"""Twice the bytes that the largest image needs."""
_NAME: Final = "holdfast-images-"
_HINDRANCES: Final = os.ST_NODEV | os.ST_NOEXEC | os.ST_NOSUID


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """Yield an empty folder that is removed afterwards; on disk in `beside` if need be.

    Tens of thousands of small files are made and dropped: memory is ten times as fast.
    Remains of killed builders are removed first.
    """
    parent = MEMORY if has_room(MEMORY) else beside
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=parent))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder)


def has_room(folder: Path) -> bool:
    """Return whether whole systems can be unpacked and run in this folder of memory."""
    if not folder.is_dir():
        return False
    told = os.statvfs(folder)
    free = told.f_bavail * told.f_frsize
    least = min(free, psutil.virtual_memory().available)
    return least >= ROOM and not told.f_flag & _HINDRANCES


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{_NAME}*"):
        owner = int(left.name.removeprefix(_NAME).partition("-")[0])
        if not psutil.pid_exists(owner):
            shutil.rmtree(left, ignore_errors=True)
