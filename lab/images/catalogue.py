"""The table of all images, and choosing from it."""

from collections.abc import Sequence
from pathlib import Path

from lab.images.image import Image
from lab.images.operators import OPERATORS
from lab.images.ours import our_image
from lab.images.services import SERVICES


class ImageUnknown(Exception):
    """There is no image of that name; names those there are."""


def all_images(checkout: Path, *, release: str = "") -> list[Image]:
    """Ours first; `release` is its tag instead of the project's version."""
    return [our_image(checkout, release), *SERVICES, *OPERATORS]


def chosen(images: Sequence[Image], names: Sequence[str]) -> list[Image]:
    """Those that are named, or all; raises ImageUnknown."""
    known = {image.name: image for image in images}
    for name in names:
        if name not in known:
            there = ", ".join(known)
            raise ImageUnknown(f"there is no image {name!r}; there are {there}")
    return [known[name] for name in names] if names else list(images)
