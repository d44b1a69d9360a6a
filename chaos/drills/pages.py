"""A runbook page, executed as a process, as an on-call person would execute it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

_CHECKOUT: Final = Path(__file__).parents[2]
_PROBE_SECONDS: Final = 60.0
_WALK_SECONDS: Final = 300.0
_LET_GO_SECONDS: Final = 20.0


class Step(Struct, frozen=True):
    """One executed block; `matched` is None where no output was expected."""

    id: str
    kind: str
    place: str
    command: str
    exit: int | None
    output: str
    matched: bool | None
    seconds: float
    began: float


class PageRun(Struct, frozen=True):
    """The result of `python -m runbooks` for one page."""

    page: str
    ending: str
    parameters: dict[str, str]
    steps: list[Step]


class PageFailed(Exception):
    """The page could not be run, or its result could not be read."""


class Pages(Protocol):
    """Interface that probes and follows runbook pages."""

    async def probe(self, page: str) -> PageRun:
        """Run the page's checks once; raises PageFailed."""

    async def follow(self, page: str) -> PageRun:
        """Run the whole page with every step approved; raises PageFailed."""


class RunbookPages:
    """The pages of `runbooks/`; `home` is the HOLDFAST_STATE that they run with."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def probe(self, page: str) -> PageRun:
        asked = ["probe", page]
        return await _run(asked, self._home, limit_seconds=_PROBE_SECONDS)

    async def follow(self, page: str) -> PageRun:
        asked = ["run", page, "--json"]
        return await _run(asked, self._home, limit_seconds=_WALK_SECONDS)


async def _run(arguments: list[str], home: Path, *, limit_seconds: float) -> PageRun:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "runbooks",
        *arguments,
        cwd=_CHECKOUT,
        env={**os.environ, "HOLDFAST_STATE": str(home)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    talking = asyncio.ensure_future(process.communicate())
    try:
        async with asyncio.timeout(limit_seconds):
            said, complaint = await asyncio.shield(talking)
    except TimeoutError as late:
        raise PageFailed(f"nothing after {limit_seconds:g} s") from late
    finally:
        await _let_go(process, talking)
    try:
        return msgspec.json.decode(said, type=PageRun)
    except msgspec.DecodeError as nonsense:
        words = complaint.decode(errors="replace").strip() or str(nonsense)
        raise PageFailed(words.splitlines()[-1]) from nonsense


async def _let_go(
    process: asyncio.subprocess.Process, talking: "asyncio.Future[tuple[bytes, bytes]]"
) -> None:
    """Stop the process if it still runs; it stops its own commands on request."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if talking.done():
            return
        os.killpg(process.pid, number)
        await asyncio.wait([talking], timeout=_LET_GO_SECONDS)
