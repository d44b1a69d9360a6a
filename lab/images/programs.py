"""Programs of this machine: found or installed, run, and quoted when they fail."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PACKAGES: Final = {
    "apt-get": "apt",
    "chroot": "coreutils",
    "dpkg-deb": "dpkg",
    "gcc": "gcc libc6-dev",
    "mmdebstrap": "mmdebstrap",
    "setpriv": "util-linux",
    "tar": "tar",
    "unshare": "util-linux",
}
"""The Debian packages of each program that this package runs."""
BUILD_SECONDS: Final = 1200
_LAST_WORDS: Final = 600


class ProgramFailed(Exception):
    """A program failed; the message quotes the end of its output."""


class ProgramMissing(Exception):
    """A program is missing; names the package to install."""


class NotRoot(Exception):
    """Images contain files of other users, which only root can create."""

    def __init__(self) -> None:
        super().__init__("images are built by root (chroot, owners); try: sudo -E …")


def require_root() -> None:
    """Raise NotRoot for an ordinary user."""
    if os.geteuid() != 0:
        raise NotRoot


def require(*names: str) -> None:
    """Install missing packages where apt is; raises ProgramMissing."""
    missing = [name for name in names if shutil.which(name) is None]
    packages = " ".join(PACKAGES[name] for name in missing).split()
    if not missing:
        return
    if shutil.which("apt-get"):
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends"]
        run(["apt-get", "update", "-qq"])
        run([*install, "-o", "DPkg::Lock::Timeout=120", *packages])
    still = [name for name in missing if shutil.which(name) is None]
    if still:
        said = f"missing: {', '.join(still)}; install: {' '.join(packages)}"
        raise ProgramMissing(said)


def run(
    command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None
) -> str:
    """Return the command's standard output; raises ProgramFailed."""
    argv = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            argv,
            env=None if environment is None else dict(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
    except OSError as error:
        raise ProgramFailed(f"{argv[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"{argv[0]}: no end after {error.timeout:g} s") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-_LAST_WORDS:]
        raise ProgramFailed(f"{argv[0]}: {words or 'no reason given'}")
    return done.stdout
