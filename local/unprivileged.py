"""Postgres refuses to run as root; a user namespace lets a root shell run it."""

import os
import shutil
import subprocess
from collections.abc import Sequence

# Any number except zero: the process is this user inside the namespace and root
# outside, so that it still owns its files and may enter root's folders.
MAPPED_USER = 1000


class NamespaceUnavailable(Exception):
    """A root shell without user namespaces from the kernel or util-linux."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Postgres cannot run from this root shell ({reason}); "
            "run as an ordinary user instead"
        )


def as_unprivileged(command: Sequence[str]) -> list[str]:
    """Return a command line that runs `command` as a user that is not root.

    The command is unchanged for an ordinary user. The wrapper replaces itself: process
    id and process group stay those of the started process.
    """
    if os.geteuid() != 0:
        return list(command)
    return [
        shutil.which("unshare") or "unshare",
        "--user",
        f"--map-user={MAPPED_USER}",
        f"--map-group={MAPPED_USER}",
        "--",
        *command,
    ]


def require_unprivileged() -> None:
    """Raise NamespaceUnavailable if `as_unprivileged` would not work here."""
    if os.geteuid() != 0:
        return
    if shutil.which("unshare") is None:
        raise NamespaceUnavailable("the program unshare of util-linux is missing")
    probe = subprocess.run(  # noqa: S603 - our own command line
        as_unprivileged(["true"]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if probe.returncode != 0:
        raise NamespaceUnavailable(probe.stderr.strip())
