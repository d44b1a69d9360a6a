"""What the kernel is told in the network namespace that this process is in."""

from pathlib import Path
from typing import Final

from lab.cluster.policies.ruleset import FAMILY, TABLE
from lab.cluster.shell import CommandFailed, run

_SWITCHES: Final = Path("/proc/sys/net/bridge")
_NAMES: Final = ("bridge-nf-call-iptables", "bridge-nf-call-ip6tables")


class BridgeUnseen(Exception):
    """Pods of one node would meet on its bridge unseen by any rule."""


def see_the_bridge() -> None:
    """Show the rules also what passes between pods of one node.

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
    """Replace the rules in one step; raises CommandFailed, with the old ones kept."""
    run(["nft", "-f", "-"], stdin=ruleset)


def is_kept() -> bool:
    """Whether rules of ours are there, of this process or of one before."""
    try:
        run(["nft", "list", "chain", FAMILY, TABLE, "forward"])
    except CommandFailed:
        return False
    return True
