"""The root folder of an image from Debian's packages."""

import gzip
import shutil
from pathlib import Path

from lab.images.image import Image, Packages
from lab.images.ours import CHECKOUT, CONTAINERFILE
from lab.images.programs import require, run
from lab.images.suites import configure_apt

UNPACK = CHECKOUT / CONTAINERFILE.with_name("unpack.sh")
_CHARACTERS = "usr/share/i18n/charmaps/UTF-8"


def lay_packages(image: Image, packages: Packages, folder: Path) -> Path:
    """Unpack the packages below `folder`; return the image's root folder.

    Raises `ProgramFailed`, `ProgramMissing`, `MirrorUnknown`.
    """
    require("apt-get", "dpkg-deb", "tar", "chroot")
    root = folder / "root"
    environment = configure_apt(packages.suite, folder / "apt")
    run([UNPACK, root, image.account, *packages.names], environment=environment)
    _compile_locales(root, packages.locales)
    for owned in packages.folders:
        (root / owned.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return root


def _compile_locales(root: Path, locales: tuple[str, ...]) -> None:
    """Compile the locales and drop their sources from the image."""
    sources = root / "usr/share/i18n"
    packed = root / f"{_CHARACTERS}.gz"
    if packed.exists():
        (root / _CHARACTERS).write_bytes(gzip.decompress(packed.read_bytes()))
    for locale in locales:
        language, _, characters = locale.partition(".")
        localedef = ["localedef", "--no-archive", "-i", language, "-f", characters]
        run(["chroot", root, *localedef, f"/usr/lib/locale/{locale}"])
    if locales:
        shutil.rmtree(sources)
