"""Restart of one program, optionally with another environment."""

import signal
import time

from local.logs import last_lines
from local.places import Places
from local.processes import main_process, own_processes, send
from local.program import write_overrides
from local.readiness import NotReady
from local.status import ProcessStatus, read_status
from local.supervision import release_program

POLL_SECONDS = 0.3


class ProgramUnknown(Exception):
    """No program of the running platform has this name."""

    def __init__(self, name: str, known: list[str]) -> None:
        wanted = ", ".join(known) or "nothing, for the platform is down"
        super().__init__(f"{name!r} is unknown; there is {wanted}")


def restart_program(
    places: Places, name: str, environment: dict[str, str], *, timeout_seconds: float
) -> ProcessStatus:
    """Restart a program and return when its new process is healthy.

    A hold on the program is released.
    `environment` replaces that of an earlier restart; empty means as planned.
    Raises ProgramUnknown, NotReady.
    """
    known = list(read_status(places).processes)
    if name not in known:
        raise ProgramUnknown(name, known)
    write_overrides(places, name, environment)
    release_program(places, name)
    before = main_process(own_processes(places.state), name)
    if before is not None:
        send(before, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        now = read_status(places).processes[name]
        if now.healthy and (before is None or now.pid != before.pid):
            return now
        time.sleep(POLL_SECONDS)
    reason = f"not healthy {timeout_seconds:.0f} s after its restart"
    raise NotReady(name, reason, last_lines(places, name))
