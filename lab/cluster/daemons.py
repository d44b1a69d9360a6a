"""What a machine is told to run: daemons in their order, each with its readiness."""

from pathlib import Path

import msgspec
from msgspec import Struct


class Daemon(Struct, frozen=True):
    """One program of a machine.

    `ready` is a command that succeeds once the next daemon may start; it is asked
    until `seconds` are over. A daemon that ends is started again.
    """

    name: str
    command: tuple[str, ...]
    ready: tuple[str, ...] = ()
    seconds: float = 60.0


class Orders(Struct, frozen=True):
    """Everything a machine needs to know to run by itself."""

    logs: str
    said: str
    """The file in which it says `ready`, or why it will never be."""
    private: tuple[str, ...]
    """Folders that only this machine sees, empty at its start."""
    daemons: tuple[Daemon, ...]
    groups: tuple[str, ...] = ()
    """Files by which it joins the control groups that it runs in."""


def write_orders(orders: Orders, file: Path) -> None:
    """Write the orders where the machine reads them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(orders), indent=1))


def read_orders(file: Path) -> Orders:
    """The orders of a machine."""
    return msgspec.json.decode(file.read_bytes(), type=Orders)
