"""Pods killed as in a power cut: every process first, then the pod itself."""

import asyncio
import re
import signal
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from chaos.environments.cluster.pods import Pod
from chaos.environments.environment import Death, FaultTargetMissing
from chaos.environments.fault_targets import is_alive, send
from chaos.timeline import now

_POLL_SECONDS = 0.002
_GONE_SECONDS = 10.0
_PROC: Final = Path("/proc")
_POD_IN_CGROUP = re.compile(
    r"[/-]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})"
)

Remove = Callable[[Sequence[Pod]], Coroutine[Any, Any, None]]


class PodFaultTarget:
    """Pods with all their processes.

    `remove` deletes them without grace and returns when the API knows none of them.
    Where their processes run on another machine, only deletion is possible.
    """

    def __init__(
        self, name: str, pods: Sequence[Pod], remove: Remove, *, processes_here: bool
    ) -> None:
        self.name = name
        self._pods = list(pods)
        self._remove = remove
        self._here = processes_here
        self._aimed: list[psutil.Process] = []
        self._frozen: list[psutil.Process] = []
        self._removed = False

    def aim(self) -> None:
        if self._here:
            self._aimed = self._look_up()

    async def kill(self) -> Death:
        """SIGKILL every process, then delete the pods; TimeoutError if one survives."""
        if not self._aimed:
            self.aim()
        doomed, at = self._aimed, now()
        send(doomed, signal.SIGKILL)
        removing = asyncio.create_task(self._remove(self._pods))
        try:
            await self._wait_for_death(doomed, until=at + _GONE_SECONDS)
            gone_at = now()
        finally:
            await removing
        self._removed = True
        if not self._here:
            gone_at = now()
        return Death(
            pids=tuple(process.pid for process in doomed),
            at=at,
            gone_at=gone_at,
            what=self._tell(len(doomed), gone_at - at),
        )

    def freeze(self) -> None:
        """SIGSTOP every process; raises FaultTargetMissing if none runs here."""
        self._frozen = self._aimed = self._look_up()
        send(self._frozen, signal.SIGSTOP)

    def thaw(self) -> None:
        send(self._frozen, signal.SIGCONT)
        self._frozen = []

    def alive(self) -> bool:
        """Return whether any of these processes runs or, unseen, any pod is left."""
        if not self._here:
            return not self._removed
        return not self._removed or bool(find_processes(self._uids()))

    def _uids(self) -> set[str]:
        return {pod.uid for pod in self._pods}

    def _look_up(self) -> list[psutil.Process]:
        found = find_processes(self._uids())
        if not found:
            raise FaultTargetMissing(f"no process of {self.name} runs on this machine")
        return found

    async def _wait_for_death(
        self, doomed: Iterable[psutil.Process], *, until: float
    ) -> None:
        while any(map(is_alive, doomed)):
            if now() > until:
                raise TimeoutError(f"{self.name} survived SIGKILL")
            await asyncio.sleep(_POLL_SECONDS)

    def _tell(self, processes: int, seconds: float) -> str:
        names = ", ".join(pod.name for pod in self._pods)
        took = f"{seconds * 1000:.0f} ms"
        if not processes:
            return f"{names} deleted without grace after {took}"
        return f"{names} with {processes} processes gone after {took}, and deleted"


def find_processes(uids: set[str], proc: Path = _PROC) -> list[psutil.Process]:
    """Return every process whose control group belongs to one of these pods."""
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, psutil.NoSuchProcess):
            text = (entry / "cgroup").read_text(encoding="ascii", errors="replace")
            if find_pod_uid(text) in uids:
                found.append(psutil.Process(int(entry.name)))
    return found


def find_pod_uid(cgroup: str) -> str | None:
    """Return the uid of the pod in a `/proc/<pid>/cgroup`, by either cgroup driver."""
    match = _POD_IN_CGROUP.search(cgroup)
    return match[1].replace("_", "-") if match else None
