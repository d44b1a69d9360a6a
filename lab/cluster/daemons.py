"""The daemons of a machine in start order, each with its readiness check."""

from pathlib import Path

import msgspec
from msgspec import Struct


class Daemon(Struct, frozen=True):
    """One program of a machine.

    `ready` is a command that succeeds once the next daemon may start; it is repeated
    for up to `seconds`. A daemon that ends is restarted.
    """

    name: str
    command: tuple[str, ...]
    ready: tuple[str, ...] = ()
    seconds: float = 60.0


class Orders(Struct, frozen=True):
    """Everything that a machine's first process needs to run."""

    logs: str
    said: str
    """The file that gets `ready`, or the reason why the machine never will be."""
    private: tuple[str, ...]
    """Folders that only this machine sees, empty at its start."""
    daemons: tuple[Daemon, ...]
    groups: tuple[str, ...] = ()
    """Files through which it joins its control groups."""


def write_orders(orders: Orders, file: Path) -> None:
    """Write the orders to the machine's file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(orders), indent=1))


def read_orders(file: Path) -> Orders:
    """Return the orders of a machine."""
    return msgspec.json.decode(file.read_bytes(), type=Orders)
