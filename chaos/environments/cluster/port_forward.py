"""Port forwards to pods: `kubectl port-forward`, renewed when it breaks."""

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
"""A port without a listener: connections are refused while there is no forward."""

FindPod = Callable[[], Awaitable[Pod | None]]


class PortForward:
    """A local port forwarded to a pod's port; a pod that goes is looked up again."""

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
        """Return the local port; it refuses connections while there is no forward."""
        alive = self._child is not None and self._child.alive
        return self._child.port if alive and self._child else _NOWHERE

    async def open(self) -> None:
        """Start forwarding to the current pod; raises ChildFailed."""
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
