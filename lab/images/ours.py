"""Our own image: API, workers and migrations, selected by the command."""

import tomllib
from pathlib import Path
from typing import Final

from lab.images.containerfile import read_containerfile
from lab.images.image import Checkout, Image

FOLDER: Final = Path(__file__).resolve().parent
CHECKOUT: Final = FOLDER.parents[1]
CONTAINERFILE: Final = Path("platform/image/Containerfile")
LARGEST: Final = 300_000_000
"""Upper limit of the unpacked image, in bytes."""


def our_image(checkout: Path, tag: str = "") -> Image:
    """Return the image of a checkout; by default its tag is the project's version.

    Raises `ContainerfileUnread`.
    """
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    read = read_containerfile(checkout / CONTAINERFILE)
    return Image(
        name="holdfast",
        tag=tag or project["version"],
        about="API, workers, relay, scheduler and migrations",
        files=Checkout(bound=LARGEST),
        account=f"holdfast:{read.user}",
        command=read.command,
        environment=read.environment,
        workdir=read.workdir,
    )
