"""A Debian for building only: the counterpart of `FROM debian:bookworm-slim`."""

import os
import shutil
from pathlib import Path
from typing import Final

from lab.images.image import EPOCH
from lab.images.programs import require, run
from lab.images.suites import sources_of

SUITE: Final = "bookworm"
WORKSHOP: Final = "workshop.tar"
AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_PASSED_ON: Final = ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "http_proxy", "https_proxy")
_ISOLATED: Final = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
_ENTER: Final = (
    'root=$0 command=$1; shift; mount -t proc proc "$root/proc"; '
    'exec chroot "$root" /usr/bin/env -i "$@" sh -euc "$command"'
)


def bare_workshop(folder: Path) -> Path:
    """Return an archive of Debian's essential packages and apt, in `folder`.

    Raises `ProgramFailed`, `ProgramMissing`, `MirrorUnknown`.
    """
    require("mmdebstrap", "unshare", "chroot", "tar")
    bare = folder / "bare.tar"
    strap = ["mmdebstrap", "--quiet", "--mode=root", "--variant=apt"]
    told = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "TMPDIR": str(folder),
    }
    quick = "--dpkgopt=force-unsafe-io"
    run([*strap, quick, SUITE, bare, *sources_of(SUITE)], environment=told)
    return bare


def open_workshop(archive: Path, root: Path) -> None:
    """Unpack a building stage to work in, with this machine's network configuration."""
    root.mkdir()
    run(["tar", "--extract", "--file", archive, "--directory", root])
    for name in ("resolv.conf", "pip.conf"):
        here = Path("/etc", name)
        if here.exists():
            (root / "etc" / name).unlink(missing_ok=True)
            shutil.copy(here, root / "etc" / name)
    if AUTHORITIES.exists():
        shutil.copy(AUTHORITIES, root / "opt" / "authorities.crt")


def pack_workshop(root: Path, archive: Path) -> None:
    """Write a building stage as an archive."""
    run(["tar", "--create", "--file", archive, "--directory", root, "."])


def work(command: str, root: Path) -> None:
    """Run a command of the Containerfile in the building stage; raises ProgramFailed.

    Its mounts and processes always end with it.
    """
    told = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    }
    if (root / "opt/authorities.crt").exists():
        told["PIP_CERT"] = "/opt/authorities.crt"
    words = [f"{name}={value}" for name, value in told.items()]
    run([*_ISOLATED, "sh", "-euc", _ENTER, root, command, *words])
