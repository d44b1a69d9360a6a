"""A bare Debian: its essential packages, git and Python, nothing else."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab.fresh.entering import Account
from lab.images.programs import ProgramFailed, ProgramMissing, require, run
from lab.images.suites import MirrorUnknown, sources_of

PACKAGES: Final = "git,python3,python3-venv,debian-archive-keyring"
"""The README asks for git and Python; a user who is not root needs python3-venv too."""
ROOM_BYTES: Final = 6_000_000_000
CLIENT_FILES: Final = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/apt/apt.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)
"""Configuration of the package clients; the root gets nothing else of the machine."""


APT_PARTS: Final = Path("/etc/apt/apt.conf.d")


class NoBareRoot(Exception):
    """This machine cannot build a bare root; says why."""


def require_means() -> None:
    """Raise NoBareRoot unless the user, the disk and apt allow a bare root."""
    if os.geteuid() != 0:
        raise NoBareRoot("only root can build a root file system")
    folder = tempfile.gettempdir()
    if shutil.disk_usage(folder).free < ROOM_BYTES:
        raise NoBareRoot(f"{folder} has less than {ROOM_BYTES / 1e9:.0f} GB free")
    try:
        require("mmdebstrap", "chroot", "unshare", "setpriv")
        sources_of("bookworm")
    except (MirrorUnknown, ProgramFailed, ProgramMissing) as reason:
        raise NoBareRoot(str(reason)) from reason


@contextmanager
def bare_root(suite: str, *, log: Callable[[str], None]) -> Iterator[Path]:
    """Build the root in a temporary folder and remove it afterwards.

    Raises NoBareRoot, and ProgramFailed where a step of the build fails.
    """
    require_means()
    with tempfile.TemporaryDirectory(prefix="holdfast-fresh-") as folder:
        root = Path(folder, "root")
        # An ordinary user of the root passes through these two folders.
        Path(folder).chmod(0o755)
        log(f"building a bare {suite} (about a minute)")
        build = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"]
        build += [f"--include={PACKAGES}", "--dpkgopt=force-unsafe-io"]
        run([*build, suite, root, *sources_of(suite)])
        carry_client_files(root)
        yield root


def carry_client_files(root: Path) -> None:
    """Copy the configuration of apt and pip that gives access to a registry."""
    fetching = [str(path) for path in APT_PARTS.glob("*") if is_about_fetching(path)]
    for name in (*CLIENT_FILES, *fetching):
        if Path(name).is_file():
            target = root / name.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(name, target)


def is_about_fetching(part: Path) -> bool:
    """Return whether a part of apt's configuration is about fetching packages."""
    lines = part.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.startswith("Acquire::") for line in lines)


def clone(checkout: Path, root: Path, account: Account) -> None:
    """Make the account and clone the last commit of the checkout into its home."""
    if account.number:
        add = ["useradd", f"--uid={account.number}", f"--home-dir={account.home}"]
        run(["chroot", root, *add, account.name])
    target = root / account.folder.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    run(["git", "clone", "-q", "--no-local", checkout, target])
    home = root / account.home.lstrip("/")
    for path in (home, *home.rglob("*")):
        os.chown(path, account.number, account.number, follow_symlinks=False)
