"""Write layers and their description as an archive for containerd and Docker."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from lab.images.image import EPOCH, Image
from lab.images.layer import Layer
from lab.images.operators import ARCHITECTURE

_TYPES: Final = "application/vnd.oci.image"


class Described(Struct, frozen=True):
    """The two digests of an image, and the documents that have them."""

    config_digest: str
    config: bytes
    manifest_digest: str
    manifest: bytes


def describe(image: Image, layers: Iterable[Layer]) -> Described:
    """Return the image's documents; they hold no time and place of the build."""
    listed = list(layers)
    config = _document(_config(image, listed))
    manifest = _document(
        {
            "schemaVersion": 2,
            "mediaType": f"{_TYPES}.manifest.v1+json",
            "config": _blob("config.v1+json", digest_of(config), len(config)),
            "layers": [_blob("layer.v1.tar", one.digest, one.size) for one in listed],
        }
    )
    return Described(digest_of(config), config, digest_of(manifest), manifest)


def write_archive(
    image: Image,
    described: Described,
    layers: Iterable[tuple[Layer, Path]],
    archive: Path,
) -> None:
    """Write an OCI layout, packed, whole or not at all."""
    entry = _blob(
        "manifest.v1+json", described.manifest_digest, len(described.manifest)
    )
    entry["annotations"] = {
        "io.containerd.image.name": image.reference,
        "org.opencontainers.image.ref.name": image.tag,
    }
    entry["platform"] = {"architecture": ARCHITECTURE, "os": "linux"}
    index = {"schemaVersion": 2, "manifests": [entry]}
    documents = {
        "oci-layout": _document({"imageLayoutVersion": "1.0.0"}),
        "index.json": _document(index),
        _path_of(described.config_digest): described.config,
        _path_of(described.manifest_digest): described.manifest,
    }
    part = archive.with_suffix(".part")
    try:
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
            for name, content in sorted(documents.items()):
                tar.addfile(_entry(name, len(content)), io.BytesIO(content))
            for name, file in _distinct(layers):
                with file.open("rb") as layer:
                    tar.addfile(_entry(name, file.stat().st_size), layer)
        part.rename(archive)
    finally:
        part.unlink(missing_ok=True)


def digest_of(content: bytes) -> str:
    """Return the digest in OCI's notation."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _config(image: Image, layers: list[Layer]) -> dict[str, Any]:
    created = datetime.fromtimestamp(EPOCH, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    settings: dict[str, Any] = {
        "User": f"{image.user}:{image.user}",
        "WorkingDir": image.workdir,
    }
    if image.environment:
        settings["Env"] = [f"{name}={value}" for name, value in image.environment]
    if image.command:
        settings["Cmd" if image.program is None else "Entrypoint"] = list(image.command)
    return {
        "created": created,
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [one.digest for one in layers]},
        "history": [
            {
                "created": created,
                "created_by": f"python -m lab.images build {image.name}",
            }
            for _ in layers
        ],
    }


def _blob(kind: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": f"{_TYPES}.{kind}", "digest": digest, "size": size}


def _document(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _path_of(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, EPOCH, 0o644
    return entry


def _distinct(layers: Iterable[tuple[Layer, Path]]) -> list[tuple[str, Path]]:
    return sorted({_path_of(layer.digest): file for layer, file in layers}.items())
