"""All images, and a selection of them."""

from collections.abc import Sequence
from pathlib import Path

from lab.images.image import Image
from lab.images.operators import OPERATORS
from lab.images.ours import our_image
from lab.images.services import SERVICES


class ImageUnknown(Exception):
    """No image has this name; lists the known names."""


def all_images(checkout: Path, *, release: str = "") -> list[Image]:
    """Return all images, ours first with the tag `release` or the project's version."""
    return [our_image(checkout, release), *SERVICES, *OPERATORS]


def chosen(images: Sequence[Image], names: Sequence[str]) -> list[Image]:
    """Return the named images, or all; raises ImageUnknown."""
    known = {image.name: image for image in images}
    for name in names:
        if name not in known:
            there = ", ".join(known)
            raise ImageUnknown(f"there is no image {name!r}; there are {there}")
    return [known[name] for name in names] if names else list(images)
