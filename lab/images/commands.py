"""The command line. Exit status: 0 done, 1 an image could not be built, 2 refused."""

import signal
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Final, NoReturn

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from lab.images.audit import ImageUnfit
from lab.images.building import BinaryMissing, BinaryUnfit, find_binary, layers_of
from lab.images.cache import cache_folder
from lab.images.catalogue import ImageUnknown, all_images, chosen
from lab.images.containerfile import ContainerfileUnread
from lab.images.ours import CHECKOUT
from lab.images.programs import NotRoot, ProgramFailed, ProgramMissing, require_root
from lab.images.results import hand_over, read_built
from lab.images.suites import MirrorUnknown

FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 128 + signal.SIGINT
MEGABYTE: Final = 1_000_000
OUT: Final = CHECKOUT / ".holdfast" / "cluster" / "images"

app = App(
    name="python -m lab.images",
    help="Build the platform's container images without Docker or a registry.",
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@app.command
def build(
    *names: str,
    out: Path = OUT,
    tools: Annotated[list[Path] | None, Parameter(negative="")] = None,
    release: str = "",
    checkout: Path = CHECKOUT,
) -> None:
    """Build images into archives that `ctr -n k8s.io images import` takes.

    Parameters
    ----------
    names
        The images to build; all if none is named.
    out
        The folder for the archives and their list, images.json.
    tools
        Folders of the static programs that some images are built around.
    release
        The tag of our own image, instead of the project's version.
    checkout
        The checkout that our own image is built from.
    """
    require_root()
    images = chosen(all_images(checkout, release=release), names)
    folders = [folder.resolve() for folder in tools or []]
    for image in images:
        if image.program:
            find_binary(image.program, folders)
    for image in images:
        began = time.monotonic()
        with _working(image.reference):
            layers = layers_of(
                image, cache=cache_folder(), checkout=checkout, tools=folders
            )
            built = hand_over(image, layers, out)
        took = f"{time.monotonic() - began:.1f} s"
        size = f"{built.unpacked / MEGABYTE:.0f} MB"
        _say(f"{built.reference}  {size}  {took}  {built.digest}")


@app.command(name="list")
def list_(*, out: Path = OUT) -> None:
    """Show every image, its contents, and its size where it has been built.

    Parameters
    ----------
    out
        The folder of the built archives.
    """
    sizes = {one.reference: one.unpacked for one in read_built(out)}
    table = Table("image", "tag", "MB", "what is in it", box=None)
    for image in all_images(CHECKOUT):
        size = sizes.get(image.reference)
        shown = "-" if size is None else f"{size / MEGABYTE:.0f}"
        table.add_row(image.name, image.tag, shown, image.about)
    console.print(table)


def _working(on: str) -> AbstractContextManager[object]:
    """Show a spinner on a terminal; a log gets the finished lines only."""
    if not console.is_terminal:
        return nullcontext()
    return console.status(f"building {on}")


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _end(status: int, reason: object) -> NoReturn:
    errors.print(str(reason), style="red", markup=False, soft_wrap=True)
    sys.exit(status)


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        _end(INTERRUPTED, "interrupted; what was whole is kept, the rest is gone")
    except (ImageUnfit, ProgramFailed) as failed:
        _end(FAILED, failed)
    except (
        BinaryMissing,
        BinaryUnfit,
        ContainerfileUnread,
        ImageUnknown,
        MirrorUnknown,
        NotRoot,
        ProgramMissing,
    ) as refused:
        _end(REFUSED, refused)
