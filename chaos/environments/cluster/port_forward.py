"""Ways into pods from outside: `kubectl port-forward`, renewed when it breaks."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from chaos.environments.cluster.api import ApiRefused
from chaos.environments.cluster.child import Child, ChildFailed
from chaos.environments.cluster.pods import Pod

_FORWARDS = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
_POLL_SECONDS = 1.0
_NOWHERE = 1
"""A port where nobody listens: what leads nowhere refuses connections."""

FindPod = Callable[[], Awaitable[Pod | None]]


class PortForward:
    """A port of this machine that leads to one port of a pod, found anew if it goes."""

    def __init__(self, kubectl: Sequence[str], find: FindPod, port: int) -> None:
        self._kubectl = tuple(kubectl)
        self._find = find
        self._port = port
        self._child: Child | None = None
        self._uid = ""
        self._keeping: asyncio.Task[None] | None = None
        self._one = asyncio.Lock()

    async def __aenter__(self) -> Self:
        with suppress(ChildFailed, ApiRefused, httpx.HTTPError):
            await self.open()
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._close()

    @property
    def port(self) -> int:
        """Where it leads from; one that refuses everybody while it leads nowhere."""
        alive = self._child is not None and self._child.alive
        return self._child.port if alive and self._child else _NOWHERE

    async def open(self) -> None:
        """Make it lead to the pod that is there now; raises ChildFailed."""
        async with self._one:
            pod = await self._find()
            if pod is None:
                await self._close()
                return
            if self.port != _NOWHERE and pod.uid == self._uid:
                return
            await self._close()
            self._child = await Child.start(self._command(pod), _FORWARDS)
            self._uid = pod.uid

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            with suppress(ChildFailed, ApiRefused, httpx.HTTPError):
                await self.open()

    async def _close(self) -> None:
        if self._child is not None:
            await self._child.stop()
            self._child = None

    def _command(self, pod: Pod) -> tuple[str, ...]:
        where = ("--namespace", pod.namespace, "--address", "127.0.0.1")
        target = (f"pod/{pod.name}", f":{self._port}")
        return (*self._kubectl, "port-forward", *where, *target)
