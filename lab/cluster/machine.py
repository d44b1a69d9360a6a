"""A machine of the cluster: its own network, mounts and processes on this host."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psutil

from lab.cluster.addresses import Machine
from lab.cluster.daemons import Orders, write_orders
from lab.cluster.places import Places
from lab.cluster.shell import run

START_SECONDS: Final = 120.0
_GONE_SECONDS: Final = 10.0
_BORN_SECONDS: Final = 2.0
"""Timeout until the first process appears."""
_POLL_SECONDS: Final = 0.05


class MachineFailed(Exception):
    """A machine did not start; names the daemon and quotes its last output."""


def folder_of(places: Places, machine: Machine) -> Path:
    """Return the folder of the machine's orders, logs and data."""
    return places.machines / machine.name


def start(places: Places, machine: Machine, orders: Orders) -> None:
    """Start a machine; it outlives this process. `wait` reports the result."""
    folder = folder_of(places, machine)
    Path(orders.logs).mkdir(parents=True, exist_ok=True)
    Path(orders.said).unlink(missing_ok=True)
    write_orders(orders, _orders_of(places, machine))
    command = [
        *("setsid", "--fork", "nsenter", f"--net=/run/netns/{machine.namespace}"),
        *("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"),
        *(sys.executable, "-m", "lab.cluster.init", str(_orders_of(places, machine))),
    ]
    with (folder / "init.log").open("ab") as log:
        subprocess.run(  # noqa: S603 - our own command line
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True
        )


def wait(places: Places, machine: Machine, orders: Orders) -> None:
    """Return once every daemon is ready; raises MachineFailed."""
    deadline = time.monotonic() + START_SECONDS
    born = time.monotonic() + _BORN_SECONDS
    said = Path(orders.said)
    while time.monotonic() < deadline:
        if said.is_file() and (text := said.read_text(encoding="utf-8")):
            if text == "ready":
                return
            raise MachineFailed(f"{machine.name}: {text}; its logs: {orders.logs}")
        if not is_on(places, machine) and time.monotonic() > born:
            log = folder_of(places, machine) / "init.log"
            words = log.read_text(encoding="utf-8").strip()[-400:]
            raise MachineFailed(f"{machine.name} went off: {words}")
        time.sleep(_POLL_SECONDS)
    raise MachineFailed(f"{machine.name}: not ready in {START_SECONDS:g} s")


def is_on(places: Places, machine: Machine) -> bool:
    """Return whether the machine that we started still runs."""
    return _holder(places, machine) is not None


def switch_off(places: Places, machine: Machine) -> None:
    """End all processes and mounts of the machine at once, like a power failure."""
    holder = _holder(places, machine)
    if holder is None:
        return
    inside = holder.children(recursive=True)
    holder.send_signal(signal.SIGKILL)
    psutil.wait_procs([holder, *inside], timeout=_GONE_SECONDS)


def inside(
    places: Places, machine: Machine, command: Sequence[str], *, seconds: float = 60
) -> str:
    """Run a command in it; raises CommandFailed, or MachineFailed if it is off."""
    holder = _holder(places, machine)
    first = holder.children() if holder else []
    if not first:
        raise MachineFailed(f"{machine.name} is off")
    enter = ["nsenter", "-t", str(first[0].pid), "--mount", "--pid", "--net"]
    return run([*enter, *command], seconds=seconds)


def once(check: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether the check became true in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _orders_of(places: Places, machine: Machine) -> Path:
    return folder_of(places, machine) / "orders.json"


def _holder(places: Places, machine: Machine) -> psutil.Process | None:
    """Return the `unshare` that holds the machine's namespaces, found by its orders."""
    ours = str(_orders_of(places, machine))
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or [""]
        if Path(line[0]).name == "unshare" and line[-1] == ours:
            return process
    return None
