"""A package from another suite of Debian, by an apt that knows no other."""

import shutil
from pathlib import Path
from typing import Final

from local.places import Places

MIRROR: Final = "http://deb.debian.org/debian"
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
KEYS_PACKAGE: Final = "debian-archive-keyring"


def find_keys(places: Places) -> Path | None:
    """Debian's public keys: this machine's, or those that were unpacked for us."""
    unpacked = places.tools / KEYS.relative_to("/")
    return next((keys for keys in (KEYS, unpacked) if keys.is_file()), None)


def suite_options(places: Places, suite: str, keys: Path) -> list[str]:
    """Options of an apt that reads this one suite, checks it against `keys`, and keeps
    lists and cache in a folder of ours.
    """
    folder = suite_folder(places, suite)
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={keys}] {MIRROR} {suite} main\n")
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
    """Drop the lists of a suite; they are larger than what was wanted from it."""
    shutil.rmtree(suite_folder(places, suite), ignore_errors=True)


def suite_folder(places: Places, suite: str) -> Path:
    """Where apt's lists of one suite lie."""
    return places.tools / f"apt-{suite}"
