"""A kubectl child process: reports readiness in one line, runs until stopped."""

import asyncio
import re
from collections.abc import Sequence
from typing import Self

_START_SECONDS = 10.0


class ChildFailed(Exception):
    """kubectl ended, or did not report its port in time."""


class Child:
    """One running kubectl, in its own process group, so that Ctrl-C reaches only us.

    It stays in our session, to share our scheduler weight above the pods.
    """

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._process = process
        self._draining = asyncio.create_task(_drain(process))

    @classmethod
    async def start(cls, command: Sequence[str], said: re.Pattern[str]) -> Self:
        """Start, wait for the line with a port as first group; raises ChildFailed."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,
        )
        words: list[str] = []
        try:
            async with asyncio.timeout(_START_SECONDS):
                port = await _read_port(process, said, words)
        except TimeoutError as late:
            await _end(process)
            raise ChildFailed(f"{command[0]} said nothing in time") from late
        except BaseException:
            await _end(process)
            raise
        if port is None:
            await process.wait()
            raise ChildFailed(" ".join(words) or f"{command[0]} ended without a word")
        return cls(process, port)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def stop(self) -> None:
        """Stop the process; may be called twice."""
        await _end(self._process)
        await self._draining


async def _read_port(
    process: asyncio.subprocess.Process, said: re.Pattern[str], words: list[str]
) -> int | None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    while line := (await process.stdout.readline()).decode(errors="replace"):
        if found := said.search(line):
            return int(found[1])
        words.append(line.strip())
    return None


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Read the output, so that the process never blocks on a full pipe."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    while await process.stdout.read(4096):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
