"""Packages from another suite of Debian, by an apt that reads only this suite."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from local.places import Places

MIRROR_SETTING: Final = "HOLDFAST_DEBIAN_MIRROR"
ARCHIVE: Final = "/debian"
"""The end of the address of a mirror of Debian's archive, by Debian's convention."""
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
KEYS_PACKAGE: Final = "debian-archive-keyring"


def find_keys(places: Places) -> Path | None:
    """Return Debian's public keys: this machine's, or the unpacked ones."""
    unpacked = places.tools / KEYS.relative_to("/")
    return next((keys for keys in (KEYS, unpacked) if keys.is_file()), None)


def find_mirror(options: Sequence[str] = ()) -> str | None:
    """Return the mirror of Debian's archive from the setting or this machine's apt."""
    given = os.environ.get(MIRROR_SETTING)
    if given:
        return given
    targets = ["indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    asked = ["apt-get", *options, *targets]
    try:
        said = subprocess.run(  # noqa: S603 - our own command line
            asked,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=30,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    sites = (line.rstrip("/") for line in said.stdout.splitlines())
    return next((site for site in sites if site.endswith(ARCHIVE)), None)


def suite_options(places: Places, suite: str, *, mirror: str, keys: Path) -> list[str]:
    """Return options of an apt that reads this one suite of `mirror`, checks it against
    `keys`, and keeps lists and cache in our own folder.
    """
    folder = suite_folder(places, suite)
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text(
        f"deb [signed-by={keys}] {mirror} {suite} main\n", encoding="utf-8"
    )
    options = {
        "Dir::Etc::sourcelist": str(sources),
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": str(folder / "lists"),
        "Dir::Cache": str(folder / "cache"),
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    }
    return [part for item in options.items() for part in ("-o", "=".join(item))]


def forget_suite(places: Places, suite: str) -> None:
    """Delete the lists of a suite, since they are larger than its packages."""
    shutil.rmtree(suite_folder(places, suite), ignore_errors=True)


def suite_folder(places: Places, suite: str) -> Path:
    """Return the folder of apt's lists of one suite."""
    return places.tools / f"apt-{suite}"
