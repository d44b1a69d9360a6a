"""The platform's processes, identified only by a variable in their environment.

Every program and its children inherit the variable from the supervisor, so a process
is found even if its supervisor or parent is gone. Names and process ids are never
trusted.
"""

import signal
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil
from msgspec import Struct

MARK = "HOLDFAST_SUPERVISED_BY"
PROGRAM = "SUPERVISOR_PROCESS_NAME"
SUPERVISOR = "supervisor"
IMMEDIATE_SECONDS = 4


Children = dict[int, list[psutil.Process]]


class OwnProcess(Struct, frozen=True):
    """One marked process and the program it belongs to."""

    process: psutil.Process
    program: str


def own_processes(state: Path) -> list[OwnProcess]:
    """Return every living process that the platform in `state` started."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            dead = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if environment.get(MARK) == str(state) and not dead:
            found.append(OwnProcess(process, environment.get(PROGRAM, SUPERVISOR)))
    return found


def supervisor_of(processes: Iterable[OwnProcess]) -> psutil.Process | None:
    """Return the supervisor among our processes, if it is alive."""
    for own in processes:
        if own.program == SUPERVISOR:
            return own.process
    return None


def main_process(
    processes: Iterable[OwnProcess], program: str
) -> psutil.Process | None:
    """Return the process of a program that the supervisor itself started."""
    mine = list(processes)
    supervisor = supervisor_of(mine)
    for own in mine:
        if (
            own.program == program
            and supervisor is not None
            and parent_pid(own.process) == supervisor.pid
        ):
            return own.process
    return None


def postmaster(processes: Iterable[OwnProcess], program: str) -> psutil.Process | None:
    """Return the Postgres server that a database program's Patroni started."""
    servers = [
        own.process
        for own in processes
        if own.program == program and name_of(own.process) == "postgres"
    ]
    pids = {server.pid for server in servers}
    for server in servers:
        if parent_pid(server) not in pids:
            return server
    return None


def children_by_parent() -> Children:
    """Map parents to children in one scan; psutil would scan once per process."""
    found: Children = {}
    for process in psutil.process_iter():
        parent = parent_pid(process)
        if parent is not None:
            found.setdefault(parent, []).append(process)
    return found


def family(
    processes: Iterable[OwnProcess], program: str, children: Children
) -> list[psutil.Process]:
    """Return all processes of a program with their descendants."""
    found: dict[int, psutil.Process] = {}
    waiting = [own.process for own in processes if own.program == program]
    while waiting:
        process = waiting.pop()
        if process.pid not in found:
            found[process.pid] = process
            waiting += children.get(process.pid, [])
    return list(found.values())


def end_all(state: Path) -> int:
    """End every process of the platform; return how many there were.

    The supervisor is ended first, so that nothing restarts. Then every process gets a
    signal; Postgres stops at once without a last flush, because its files are deleted
    too. Survivors are killed after four seconds.
    """
    processes = own_processes(state)
    for own in processes:
        guards = own.program == SUPERVISOR or own.program.startswith("database")
        if guards and name_of(own.process) != "postgres":
            send(own.process, signal.SIGKILL)
    for own in processes:
        quits = name_of(own.process) == "postgres"
        send(own.process, signal.SIGQUIT if quits else signal.SIGTERM)
    wait_for([own.process for own in processes], IMMEDIATE_SECONDS)
    while left := [own.process for own in own_processes(state)]:
        for process in left:
            send(process, signal.SIGKILL)
        wait_for(left, IMMEDIATE_SECONDS)
    return len(processes)


def wait_for(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until all have ended, or until the timeout."""
    psutil.wait_procs(processes, timeout=seconds)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; ignore a process that has already ended."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def parent_pid(process: psutil.Process) -> int | None:
    """Return the parent's id; None for an ended process."""
    try:
        return process.ppid()
    except psutil.Error:
        return None


def name_of(process: psutil.Process) -> str:
    """Return the name of the running program; empty for an ended process."""
    try:
        return process.name()
    except psutil.Error:
        return ""
