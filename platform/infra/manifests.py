"""Read pinned manifests from a file, the cache or the network, always verified."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

import jsonpatch
import pulumi
import yaml

from infra.pins import Manifest

FETCH_SECONDS: Final = 60
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser reads a megabyte of definitions ten times as fast."""


class InvalidManifest(pulumi.RunError):
    """A pinned manifest is missing, or its digest differs; one line."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"manifest {place} {problem}; platform/pins.toml pins it")


def cache_folder() -> Path:
    """Return the folder of verified files by digest, shared by all checkouts."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "holdfast" / "manifests"


def objects_of(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the manifest's objects, verified and patched; raises `InvalidManifest`."""
    texts = dict(_texts(manifest))
    patches = {
        target: yaml.load(texts.pop(name), Loader)  # noqa: S506 a safe loader
        for target, name in manifest.patches.items()
    }
    found = [
        made for text in texts.values() for made in yaml.load_all(text, Loader) if made
    ]
    return [apply_patch(made, patches.get(made["metadata"]["name"])) for made in found]


def apply_patch(made: dict[str, Any], patch: list[Any] | None) -> dict[str, Any]:
    """Return the object with an RFC 6902 patch applied, if there is one."""
    if patch is None:
        return made
    changed: dict[str, Any] = jsonpatch.apply_patch(made, patch)
    return changed


def _texts(manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    if manifest.sha256 is not None:
        yield "", verified_bytes(manifest.path or manifest.url, manifest.sha256)
    for name, sha256 in manifest.files.items():
        place = (
            str(Path(manifest.path) / name) if manifest.path else manifest.url + name
        )
        yield name, verified_bytes(place, sha256)


def verified_bytes(place: str, sha256: str) -> bytes:
    """Return the bytes at a path or an address, which must have this digest.

    A file from the network is cached and never fetched again.
    """
    cached = cache_folder() / sha256
    if place.startswith("https://"):
        body = cached.read_bytes() if cached.is_file() else _fetch(place)
    else:
        body = _read(place)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise InvalidManifest(place, f"is not the file with the sha256 {sha256}")
    if place.startswith("https://") and not cached.is_file():
        store_file(body, cached)
    return body


def store_file(body: bytes, path: Path) -> None:
    """Write a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(body)
    partial.rename(path)


def _read(place: str) -> bytes:
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise InvalidManifest(place, f"is not readable: {error.strerror}") from None


def _fetch(place: str) -> bytes:
    try:
        with urlopen(place, timeout=FETCH_SECONDS) as answer:  # noqa: S310 https only
            body: bytes = answer.read()
            return body
    except (URLError, OSError) as error:
        raise InvalidManifest(place, f"could not be fetched: {error}") from None
