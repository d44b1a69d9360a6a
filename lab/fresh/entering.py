"""Run a command inside a root folder, as on a machine of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from msgspec import Struct

CARRIED: Final = re.compile(
    r"^(PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT)"
    r"|UV_(INDEX|DEFAULT_INDEX|INDEX_URL|HTTP_TIMEOUT)|GO(PROXY|SUMDB|NOSUMDB)"
    r"|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY)$"
)
"""Variables with which a package client finds its registry."""

# A changed root alone may make no user namespaces, which Postgres needs as root and
# Prometheus as a user; a root that was pivoted to may.
PIVOT: Final = """
root=$0
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec "$@"
"""


class Account(Struct, frozen=True):
    """The user that runs the commands, and the folder of the checkout."""

    name: str
    number: int
    folder: str

    @property
    def home(self) -> str:
        """The home folder, which at first holds only the checkout."""
        return str(Path(self.folder).parent)


def run_inside(root: Path, account: Account, command: str) -> tuple[int, str]:
    """Run a shell command in the account's checkout; return exit status and output.

    The output is shown as it comes. Every process that the command leaves behind is
    killed at its end, with its process namespace.
    """
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": account.home,
        "USER": account.name,
        "TERM": "dumb",
        **{name: text for name, text in os.environ.items() if CARRIED.match(name)},
    }
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    number = str(account.number)
    lowered = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
    shell = ["sh", "-c", f'cd "{account.folder}" && {command}']
    with subprocess.Popen(  # noqa: S603 - our own command line
        [*isolated, "sh", "-euc", PIVOT, str(root), *lowered, *shell],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 - stdout is a pipe
        lines = []
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return process.returncode, "".join(lines)
