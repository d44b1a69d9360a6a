"""`python -m lab.cluster.init ORDERS`: the first process of a machine.

It runs as process 1 of the machine's own process namespace, joins the machine's control
groups, starts the daemons in their order, restarts those that end, and reaps orphans.
When it is killed, every process of the machine ends.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from lab.cluster.daemons import Daemon, Orders, read_orders

_POLL_SECONDS = 0.1
_PAUSE_SECONDS = 1.0


class NeverReady(Exception):
    """A daemon was not ready in time."""


def main() -> None:
    """Run one machine until it is killed."""
    orders = read_orders(Path(sys.argv[1]))
    for group in orders.groups:
        # 0 means the writing process; its number differs in each namespace.
        Path(group).write_text("0", encoding="ascii")
    # Private towards the host since `unshare`; shared from here down, for pods.
    mount("--make-rshared", "/")
    for folder in orders.private:
        Path(folder).mkdir(parents=True, exist_ok=True)
        mount("-t", "tmpfs", "tmpfs", folder)
    running: dict[int, Daemon] = {}
    try:
        for daemon in orders.daemons:
            running[start(daemon, orders)] = daemon
            wait_until_ready(daemon)
    except NeverReady as never:
        Path(orders.said).write_text(str(never), encoding="utf-8")
        raise SystemExit(1) from never
    Path(orders.said).write_text("ready", encoding="utf-8")
    look_after(running, orders)


def mount(*words: str) -> None:
    """Change the mounts of this machine only."""
    subprocess.run(["mount", *words], check=True)  # noqa: S603, S607


def start(daemon: Daemon, orders: Orders) -> int:
    """Start one daemon with its output in its log; return its process id."""
    with Path(orders.logs, f"{daemon.name}.log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603 - our own command line
            daemon.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return started.pid


def wait_until_ready(daemon: Daemon) -> None:
    """Repeat the readiness check; raises NeverReady with the last output."""
    deadline = time.monotonic() + daemon.seconds
    while daemon.ready:
        asked = subprocess.run(  # noqa: S603 - our own command line
            daemon.ready, capture_output=True, text=True, check=False, timeout=30
        )
        if asked.returncode == 0:
            return
        if time.monotonic() > deadline:
            said = (asked.stderr or asked.stdout).strip()[-300:]
            raise NeverReady(f"{daemon.name} is not ready: {said}")
        time.sleep(_POLL_SECONDS)


def look_after(running: dict[int, Daemon], orders: Orders) -> None:
    """Reap ended processes and restart ended daemons, for ever."""
    while running:
        ended, _ = os.waitpid(-1, 0)
        daemon = running.pop(ended, None)
        if daemon is not None:
            time.sleep(_PAUSE_SECONDS)
            running[start(daemon, orders)] = daemon


if __name__ == "__main__":
    main()
