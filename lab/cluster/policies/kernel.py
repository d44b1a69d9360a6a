"""Kernel settings and rules in the network namespace of this process."""

from pathlib import Path
from typing import Final

from lab.cluster.policies.ruleset import FAMILY, TABLE
from lab.cluster.shell import CommandFailed, run

_SWITCHES: Final = Path("/proc/sys/net/bridge")
_NAMES: Final = ("bridge-nf-call-iptables", "bridge-nf-call-ip6tables")


class BridgeUnseen(Exception):
    """Traffic between pods of one node would bypass the rules."""


def see_the_bridge() -> None:
    """Pass bridged traffic between pods of one node through the rules.

    Raises BridgeUnseen where the kernel cannot.
    """
    try:
        for name in _NAMES:
            (_SWITCHES / name).write_text("1", encoding="ascii")
    except OSError as error:
        raise BridgeUnseen(
            f"policies cannot be kept between pods of one node: {error.strerror}:"
            f" {error.filename}; modprobe br_netfilter"
        ) from error


def load(ruleset: str) -> None:
    """Replace the rules atomically; raises CommandFailed and keeps the old ones."""
    run(["nft", "-f", "-"], stdin=ruleset)


def is_kept() -> bool:
    """Return whether rules of ours are loaded, by this process or an earlier one."""
    try:
        run(["nft", "list", "chain", FAMILY, TABLE, "forward"])
    except CommandFailed:
        return False
    return True
