"""Build the layers of the catalogue's images once, and cache them."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from lab.images.audit import ImageUnfit, faults_of
from lab.images.cache import kept, key_of
from lab.images.checkout import furnish, lay_checkout, sources_of
from lab.images.containerfile import read_containerfile
from lab.images.debian import UNPACK, lay_packages
from lab.images.elf import is_static
from lab.images.image import Binary, Checkout, Compiled, Image, Packages, Script
from lab.images.layer import Layer, pack
from lab.images.ours import CONTAINERFILE, FOLDER
from lab.images.programs import require, run
from lab.images.workplace import workplace
from lab.images.workshop import WORKSHOP

ARCHIVE = "layer.tar"
_NOTE = "layer.json"
FORM = 2
"""Format of the cache; a change of the code that makes layers raises it."""


class BinaryMissing(Exception):
    """The caller's tools lack the program that an image is built around."""


class BinaryUnfit(Exception):
    """A program needs system libraries that its image does not have."""


def layers_of(
    image: Image, *, cache: Path, checkout: Path, tools: Sequence[Path]
) -> list[tuple[Layer, Path]]:
    """Return each layer and its archive, cached or new.

    Raises `BinaryMissing`, `ImageUnfit`, `ProgramFailed`, `ProgramMissing`.
    """
    program = image.program and find_binary(image.program, tools)
    folders = [_files(image, cache, checkout)]
    if image.program and program:
        key = key_of(FORM, image.program, program)
        make = partial(_make_binary, image.program, program)
        folders.append(kept(cache, key, make))
    if image.script:
        key = key_of(FORM, image.script, FOLDER / image.script.source)
        folders.append(kept(cache, key, partial(_make_script, image.script)))
    return [(_noted(folder), folder / ARCHIVE) for folder in folders]


def find_binary(binary: Binary, tools: Sequence[Path]) -> Path:
    """Return the caller's program; raises BinaryMissing, BinaryUnfit."""
    for folder in tools:
        if (folder / binary.name).is_file():
            if not is_static(folder / binary.name):
                said = f"{folder / binary.name} is not static: build it CGO_ENABLED=0"
                raise BinaryUnfit(said)
            return folder / binary.name
    where = ", ".join(map(str, tools)) or "no --tools given"
    raise BinaryMissing(f"the program {binary.name} is missing ({where})")


def _files(image: Image, cache: Path, checkout: Path) -> Path:
    match image.files:
        case Packages() as packages:
            key = key_of(FORM, packages, image.account, UNPACK)
            return kept(cache, key, partial(_make_packages, image, packages))
        case Compiled() as compiled:
            key = key_of(FORM, compiled, FOLDER / compiled.source)
            return kept(cache, key, partial(_make_compiled, image, compiled))
        case Checkout() as ours:
            return _our_files(image, ours, cache, checkout)


def _our_files(image: Image, ours: Checkout, cache: Path, checkout: Path) -> Path:
    read = read_containerfile(checkout / CONTAINERFILE)
    tools = sources_of(read.furnishing, checkout)
    furnished = key_of(FORM, read.furnishing, *tools)

    def ready(result: Path) -> None:
        with workplace(cache) as folder:
            furnish(read, checkout, folder, result / WORKSHOP)

    workshop = kept(cache, furnished, ready) / WORKSHOP

    def make(result: Path) -> None:
        with workplace(cache) as folder:
            root = lay_checkout(read, checkout, workshop, folder)
            _finish(image, root, result, bound=ours.bound)

    content = [
        part
        for file in sources_of(read.making, checkout)
        for part in (str(file.relative_to(checkout)), file)
    ]
    return kept(cache, key_of(FORM, furnished, read, ours, *content), make)


def _make_packages(image: Image, packages: Packages, result: Path) -> None:
    with workplace(result.parent) as folder:
        root = lay_packages(image, packages, folder)
        owners = dict.fromkeys(packages.folders, image.user)
        _finish(image, root, result, owners=owners)


def _make_compiled(image: Image, compiled: Compiled, result: Path) -> None:
    require("gcc")
    with workplace(result.parent) as folder:
        program = folder / compiled.at.lstrip("/")
        program.parent.mkdir(parents=True, exist_ok=True)
        source = FOLDER / compiled.source
        strict = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Os", "-s", "-static"]
        run(["gcc", *strict, "-Wl,--build-id=none", "-o", program, source])
        _finish(image, folder, result)


def _make_script(script: Script, result: Path) -> None:
    with workplace(result.parent) as folder:
        _lay(FOLDER / script.source, script.at, folder)
        _note(result, pack(folder, result / ARCHIVE))


def _make_binary(binary: Binary, program: Path, result: Path) -> None:
    with workplace(result.parent) as folder:
        _lay(program, binary.at, folder)
        for name, leads_to in binary.links:
            (folder / name.lstrip("/")).symlink_to(leads_to)
        low = binary.at if binary.low_ports else ""
        _note(result, pack(folder, result / ARCHIVE, low_ports=low))


def _lay(program: Path, at: str, root: Path) -> None:
    target = root / at.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, target)
    target.chmod(0o755)


def _finish(
    image: Image,
    root: Path,
    result: Path,
    *,
    owners: dict[str, int] | None = None,
    bound: int = 0,
) -> None:
    faults = faults_of(root, bound=bound)
    if faults:
        raise ImageUnfit(image.name, faults)
    _note(result, pack(root, result / ARCHIVE, owners=owners))


def _note(result: Path, layer: Layer) -> None:
    (result / _NOTE).write_bytes(msgspec.json.encode(layer))


def _noted(folder: Path) -> Layer:
    return msgspec.json.decode((folder / _NOTE).read_bytes(), type=Layer)
