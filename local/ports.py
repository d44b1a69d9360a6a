"""One block of ports: base plus a fixed offset, so that two platforms can coexist.

Where possible an offset repeats the last digits of the usual port (5432, 6379, 9090 …).
"""

import contextlib
import errno
import socket

import psutil
from msgspec import Struct

HOST = "127.0.0.1"
OFFSETS: dict[str, int] = {
    "api": 0,
    "patroni-1": 8,
    "patroni-2": 9,
    "patroni-3": 10,
    "database-1": 32,
    "database-2": 33,
    "database-3": 34,
    "cache": 78,
    "broker": 79,
    "etcd": 82,
    "etcd-peers": 83,
    "prometheus": 90,
    "alertmanager": 93,
    "notices": 94,
    "node-exporter": 100,
    "api-1": 101,
    "api-2": 102,
    "worker-1": 103,
    "worker-2": 104,
    "relay": 105,
    "scheduler": 106,
    "blackbox-exporter": 115,
    "redis-exporter": 121,
    "postgres-exporter": 187,
}


class PortTaken(Struct, frozen=True):
    """A port of the block on which another process listens."""

    name: str
    port: int
    holder: str

    def __str__(self) -> str:
        return f"port {self.port} ({self.name}) is taken by {self.holder}"


class PortsBusy(Exception):
    """At least one port of the block is taken; nothing was started."""

    def __init__(self, taken: list[PortTaken]) -> None:
        listed = "\n".join(f"  {one}" for one in taken)
        super().__init__(
            f"{listed}\nchoose another block with HOLDFAST_PORT_BASE, for example "
            f"HOLDFAST_PORT_BASE={taken[0].port // 1000 * 1000 + 1000}"
        )
        self.taken = taken


class Ports(Struct, frozen=True):
    """The ports of one platform."""

    base: int

    def of(self, name: str) -> int:
        """Return the port of one listener."""
        return self.base + OFFSETS[name]

    def address(self, name: str) -> str:
        """Return host:port of one listener."""
        return f"{HOST}:{self.of(name)}"

    def url(self, name: str) -> str:
        """Return the http address of one listener."""
        return f"http://{self.address(name)}"

    def taken(self) -> list[PortTaken]:
        """Return every port of the block that cannot be listened on now."""
        busy = {name: self.of(name) for name in OFFSETS if is_busy(self.of(name))}
        holders = listeners() if busy else {}
        return [
            PortTaken(name, port, holders.get(port, "a process of another user"))
            for name, port in busy.items()
        ]


def is_busy(port: int) -> bool:
    """Tell whether a process listens on the port, on loopback or on every address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as refused:
            return refused.errno == errno.EADDRINUSE
    return False


def listeners() -> dict[int, str]:
    """Map listening ports to their process, as far as this user may see."""
    found: dict[int, str] = {}
    with contextlib.suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            listening = connection.status == psutil.CONN_LISTEN
            if listening and connection.pid and connection.laddr:
                found[connection.laddr.port] = describe(connection.pid)
    return found


def describe(pid: int) -> str:
    """Return the id and the command line of a process."""
    try:
        process = psutil.Process(pid)
        command = " ".join(process.cmdline())[:80] or process.name()
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid}: {command}"
