"""Processes on this machine, each verified as the platform's before a fault."""

import asyncio
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

from chaos.environments.environment import Death, FaultTargetMissing
from chaos.timeline import now

_POLL_SECONDS = 0.002
_GONE_SECONDS = 10.0


class LocalFaultTarget:
    """Processes and all their descendants, including those that changed process group.

    psutil remembers when a process was born, so a reused pid is never hit.
    """

    def __init__(self, name: str, heads: Iterable[psutil.Process]) -> None:
        self.name = name
        self._heads = list(heads)
        self._aimed: list[psutil.Process] = []
        self._frozen: list[psutil.Process] = []

    def aim(self) -> None:
        self._aimed = self._everybody()

    async def kill(self) -> Death:
        """SIGKILL all processes, parents first, so that no parent replaces a child."""
        doomed = self._aimed or self._everybody()
        at = now()
        send(doomed, signal.SIGKILL)
        deadline = at + _GONE_SECONDS
        while any(map(is_alive, doomed)):
            if now() > deadline:
                raise TimeoutError(f"{self.name} survived SIGKILL")
            await asyncio.sleep(_POLL_SECONDS)
        return Death(pids=tuple(p.pid for p in doomed), at=at, gone_at=now())

    def freeze(self) -> None:
        self._frozen = self._everybody()
        send(self._frozen, signal.SIGSTOP)

    def thaw(self) -> None:
        send(self._frozen, signal.SIGCONT)
        self._frozen = []

    def alive(self) -> bool:
        return is_alive(self._heads[0])

    def _everybody(self) -> list[psutil.Process]:
        found = {head.pid: head for head in self._heads}
        for head in self._heads:
            with suppress(psutil.NoSuchProcess):
                found |= {p.pid: p for p in head.children(recursive=True)}
        return list(found.values())


def is_alive(process: psutil.Process) -> bool:
    """Return whether any thread still runs and so holds the sockets open.

    The first thread is a zombie before the others are gone.
    """
    try:
        if not process.is_running():
            return False
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


def find_fault_target(
    name: str, pids: Iterable[int | None], *, belongs_to: str
) -> LocalFaultTarget:
    """Return the living processes with these ids; raises FaultTargetMissing.

    A process is the platform's only if it, or one that started it, names the
    platform's folder in its command line, working folder or environment.
    """
    heads = []
    for pid in pids:
        if pid is None or not psutil.pid_exists(pid):
            raise FaultTargetMissing(f"{name} is not running")
        head = psutil.Process(pid)
        if not _is_ours(head, belongs_to):
            raise FaultTargetMissing(f"process {pid} ({name}) is not the platform's")
        heads.append(head)
    return LocalFaultTarget(name, heads)


def _is_ours(process: psutil.Process, folder: str) -> bool:
    line = [process, *process.parents()]
    return any(folder in text for relative in line for text in _marks(relative))


def _marks(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return [*process.cmdline(), process.cwd(), *process.environ().values()]
    return []


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal each process; ignore those already gone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
