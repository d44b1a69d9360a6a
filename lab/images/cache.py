"""Cache of built layers by the digest of their inputs."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

ROOM: Final = 6_000_000_000
"""Bytes of results to keep: all images, and some releases of ours."""
LOCK: Final = ".lock-"
PART: Final = ".part-"
"""Prefix of the name of an incomplete result."""


def cache_folder() -> Path:
    """Return the folder of cached layers, outside any checkout."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "holdfast" / "images"


def key_of(*ingredients: object) -> str:
    """Return the digest of all inputs: values, and files' contents."""
    digest = hashlib.sha256()
    for ingredient in ingredients:
        told = (
            ingredient.read_bytes()
            if isinstance(ingredient, Path)
            else msgspec.json.encode(ingredient)
        )
        digest.update(hashlib.sha256(told).digest())
    return digest.hexdigest()[:24]


def kept(cache: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of `key`, made in a folder of its own if it does not exist.

    `make` fills a folder that becomes the result whole or not at all. Concurrent
    callers with the same key wait for it.
    """
    folder = cache / key
    with _alone(cache, key):
        if folder.is_dir():
            folder.touch()
            return folder
        for stale in cache.glob(f"{PART}{key}*"):
            shutil.rmtree(stale)
        part = Path(tempfile.mkdtemp(prefix=f"{PART}{key}-", dir=cache))
        try:
            make(part)
            part.rename(folder)
        finally:
            if part.exists():
                shutil.rmtree(part)
    forget_oldest(cache)
    return folder


def forget_oldest(cache: Path, *, room: int = ROOM) -> None:
    """Delete the least recently used results until the others fit in `room`."""
    entries = [
        path for path in cache.iterdir() if path.is_dir() and path.name[0] != "."
    ]
    entries.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    held = 0
    for folder in entries:
        held += sum(file.stat().st_size for file in folder.iterdir())
        if held > room:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(cache: Path, key: str) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{LOCK}{key}"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
