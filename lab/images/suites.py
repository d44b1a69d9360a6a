"""Suites of Debian, from the mirrors of this machine's apt: no host is named here."""

import os
from pathlib import Path
from typing import Final

from lab.images.programs import run

MIRROR_SETTING: Final = "HOLDFAST_DEBIAN_MIRROR"
ARCHIVE: Final = "/debian"
"""The end of a Debian mirror's address, by Debian's own convention."""
SECURITY: Final = "/debian-security"
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
STABLE: Final = frozenset({"bookworm", "trixie"})
"""Suites that have security updates of their own."""


class MirrorUnknown(Exception):
    """apt knows no mirror of Debian; names the setting for one."""


def sources_of(suite: str) -> list[str]:
    """Return the lines of a sources.list for one suite; raises MirrorUnknown."""
    if not KEYS.is_file():
        raise MirrorUnknown(f"{KEYS} is missing; install: debian-archive-keyring")
    sites = _sites()
    mirror = os.environ.get(MIRROR_SETTING) or _ending(sites, ARCHIVE)
    if mirror is None:
        said = f"apt knows no mirror of Debian: name one in {MIRROR_SETTING}"
        raise MirrorUnknown(said)
    lines = [f"deb [signed-by={KEYS}] {mirror} {suite} main"]
    security = _ending(sites, SECURITY)
    if suite in STABLE and security:
        lines.append(f"deb [signed-by={KEYS}] {security} {suite}-security main")
    return lines


def configure_apt(suite: str, folder: Path) -> dict[str, str]:
    """Return the environment of an apt for this suite only, its lists in `folder`."""
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text("\n".join(sources_of(suite)) + "\n")
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    }
    configuration = folder / "apt.conf"
    configuration.write_text("".join(f'{k} "{v}";\n' for k, v in options.items()))
    environment = {**os.environ, "APT_CONFIG": str(configuration)}
    run(["apt-get", "-qq", "update"], environment=environment)
    return environment


def _sites() -> list[str]:
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    return [line.rstrip("/") for line in run(asked).splitlines()]


def _ending(sites: list[str], end: str) -> str | None:
    return next((site for site in sites if site.endswith(end)), None)
