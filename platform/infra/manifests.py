"""Reads pinned manifests: a local file, the shelf, or the network, always verified."""

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


class ManifestWrong(pulumi.RunError):
    """A pinned manifest is not to be had, or is not what was pinned; one line."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"manifest {place} {problem}; platform/pins.toml pins it")


def shelf() -> Path:
    """Where verified files are kept by their digest; it outlives checkouts."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "holdfast" / "manifests"


def objects_of(manifest: Manifest) -> list[dict[str, Any]]:
    """The manifest's objects, verified and patched; raises `ManifestWrong`."""
    texts = dict(_texts(manifest))
    patches = {
        target: yaml.load(texts.pop(name), Loader)  # noqa: S506 a safe loader
        for target, name in manifest.patches.items()
    }
    found = [
        made for text in texts.values() for made in yaml.load_all(text, Loader) if made
    ]
    return [patched(made, patches.get(made["metadata"]["name"])) for made in found]


def patched(made: dict[str, Any], patch: list[Any] | None) -> dict[str, Any]:
    """The object with an RFC 6902 patch applied, if there is one."""
    if patch is None:
        return made
    changed: dict[str, Any] = jsonpatch.apply_patch(made, patch)
    return changed


def _texts(manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    if manifest.sha256 is not None:
        yield "", verified(manifest.path or manifest.url, manifest.sha256)
    for name, sha256 in manifest.files.items():
        place = (
            str(Path(manifest.path) / name) if manifest.path else manifest.url + name
        )
        yield name, verified(place, sha256)


def verified(place: str, sha256: str) -> bytes:
    """The bytes at a path or an address, which must have this digest.

    What came over the network is kept on the shelf and never fetched again.
    """
    kept = shelf() / sha256
    if place.startswith("https://"):
        body = kept.read_bytes() if kept.is_file() else _fetched(place)
    else:
        body = _read(place)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ManifestWrong(place, f"is not the file with the sha256 {sha256}")
    if place.startswith("https://") and not kept.is_file():
        keep(body, kept)
    return body


def keep(body: bytes, kept: Path) -> None:
    """Put a file on the shelf whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    half = kept.with_name(f"{kept.name}.{os.getpid()}")
    half.write_bytes(body)
    half.rename(kept)


def _read(place: str) -> bytes:
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise ManifestWrong(place, f"is not readable: {error.strerror}") from None


def _fetched(place: str) -> bytes:
    try:
        with urlopen(place, timeout=FETCH_SECONDS) as answer:  # noqa: S310 https only
            body: bytes = answer.read()
            return body
    except (URLError, OSError) as error:
        raise ManifestWrong(place, f"could not be fetched: {error}") from None
