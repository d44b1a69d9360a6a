"""Import image archives into the nodes; no registry is contacted."""

from pathlib import Path

import msgspec
from msgspec import Struct

from lab.cluster.addresses import NODES
from lab.cluster.machine import inside
from lab.cluster.places import Places
from lab.cluster.programs import Programs

IMPORT_SECONDS = 300.0


class Image(Struct, frozen=True):
    """One archive made by `python -m lab.images build`."""

    name: str
    reference: str
    digest: str
    unpacked: int
    """Size of its files, in bytes."""
    archive: str


class ImagesMissing(Exception):
    """The list of built images is missing."""


def read_images(places: Places) -> list[Image]:
    """Return the built images; raises ImagesMissing."""
    listed = places.images / "images.json"
    try:
        return msgspec.json.decode(listed.read_bytes(), type=list[Image])
    except FileNotFoundError as missing:
        raise ImagesMissing(f"{listed} is missing: run ./task images") from missing


def import_image(places: Places, programs: Programs, image: Image) -> None:
    """Import the image into every node under its reference; raises CommandFailed."""
    archive = Path(places.images, image.archive)
    command = [programs.ctr, "-n", "k8s.io", "images", "import", str(archive)]
    for node in NODES:
        inside(places, node, command, seconds=IMPORT_SECONDS)
