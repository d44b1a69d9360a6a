"""The list of built images beside their archives."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lab.images.image import Image
from lab.images.layer import Layer
from lab.images.layout import describe, write_archive

LISTED: Final = "images.json"


class Built(Struct, frozen=True, kw_only=True):
    """One archive that `ctr -n k8s.io images import` takes."""

    name: str
    tag: str
    reference: str
    digest: str
    """Digest of the manifest."""
    config: str
    """Digest of the configuration, which is also a container runtime's image id."""
    size: int
    """Size of the layers, in bytes."""
    unpacked: int
    """Size of the files in them, in bytes."""
    archive: str
    """The name of the archive, in the folder of this list."""


def hand_over(image: Image, layers: list[tuple[Layer, Path]], out: Path) -> Built:
    """Write the image's archive to `out` and add it to the list there."""
    out.mkdir(parents=True, exist_ok=True)
    described = describe(image, [layer for layer, _ in layers])
    built = Built(
        name=image.name,
        tag=image.tag,
        reference=image.reference,
        digest=described.manifest_digest,
        config=described.config_digest,
        size=sum(layer.size for layer, _ in layers),
        unpacked=sum(layer.unpacked for layer, _ in layers),
        archive=f"{image.name}-{image.tag}.tar",
    )
    others = [one for one in read_built(out) if one.reference != image.reference]
    if built not in read_built(out):
        write_archive(image, described, layers, out / built.archive)
    listed = sorted([*others, built], key=lambda one: one.reference)
    part = out / f"{LISTED}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(listed)))
    part.rename(out / LISTED)
    return built


def read_built(out: Path) -> list[Built]:
    """Return the images in the folder, without those whose archive was removed."""
    try:
        told = msgspec.json.decode((out / LISTED).read_bytes(), type=list[Built])
    except FileNotFoundError:
        return []
    return [one for one in told if (out / one.archive).is_file()]
