"""An HTTP client with low overhead: one request at a time per connection."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")

SUCCESS = range(200, 300)
PATIENCE_SECONDS = 10.0
"""The time limit of an answer; after it the run is aborted."""
HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_BODILESS = (204, 304)


class RunAborted(Exception):
    """The run is invalid: a wrong answer, no answer, or another body."""


class Answer(Struct, frozen=True):
    status: int
    body: bytes


class Line(asyncio.Protocol):
    """One connection that carries one request at a time."""

    def __init__(self, answered: Callable[["Line", Answer], None]) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # If many connections break together, only the first failure is reported.
        self.closed.add_done_callback(asyncio.Future.exception)
        self._answered = answered
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = transport  # type: ignore[assignment]  # a stream's is one

    def send(self, request: bytes) -> None:
        """Send a request; its answer is passed to `answered`."""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Pass a complete answer on; a malformed one closes the connection."""
        self._received = self._received + data if self._received else data
        try:
            answer = read_answer(self._received)
            if answer is not None:
                self._received = b""
                self._answered(self, answer)
        except RunAborted as wrong:
            self.close(wrong)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report a connection that the server closed."""
        self.close(exc or RunAborted("the server closed the connection"))

    def close(self, why: Exception | None = None) -> None:
        """Close the connection; `closed` gets the reason."""
        self._transport.abort()
        if self.closed.done():
            return
        if why is None:
            self.closed.set_result(None)
        elif isinstance(why, OSError):
            self.closed.set_exception(RunAborted(f"the connection broke: {why}"))
        else:
            self.closed.set_exception(why)


def read_answer(received: bytes) -> Answer | None:
    """Return one complete answer, or None while it is incomplete.

    Raises RunAborted for a body without a Content-Length.
    """
    end = received.find(HEAD_END)
    if end < 0:
        return None
    head = received[:end]
    status = int(head[9:12])
    length = 0 if status in _BODILESS else body_length(head)
    begin = end + len(HEAD_END)
    if len(received) < begin + length:
        return None
    return Answer(status, received[begin : begin + length])


def body_length(head: bytes) -> int:
    """Return the Content-Length of a message; raises RunAborted without one."""
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at < 0:
        raise RunAborted(f"no Content-Length: {head[:80]!r}")
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0])


def require(answer: Answer, wanted: range) -> None:
    """Raise RunAborted unless the status is one of the expected."""
    if answer.status not in wanted:
        raise RunAborted(f"{answer.status}: {answer.body[:300]!r}")


async def open_line(
    host: str, port: int, answered: Callable[[Line, Answer], None]
) -> Line:
    """Connect; raises RunAborted when nothing listens."""
    loop = asyncio.get_running_loop()
    try:
        _, line = await loop.create_connection(lambda: Line(answered), host, port)
    except OSError as refused:
        raise RunAborted(f"nobody answers on port {port}: {refused}") from refused
    return line


async def ask(host: str, port: int, request: bytes) -> Answer:
    """Send one request on its own connection."""
    heard: list[Answer] = []

    def keep(line: Line, answer: Answer) -> None:
        heard.append(answer)
        line.close()

    line = await open_line(host, port, keep)
    line.send(request)
    async with patience():
        await line.closed
    return heard[0]


async def side_by_side(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Run all at once and return what each returns; the first failure ends the rest."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return [task.result() for task in tasks]


@asynccontextmanager
async def patience(seconds: float = 0.0) -> AsyncIterator[None]:
    """Raise RunAborted without an answer; `seconds` is the expected duration."""
    try:
        async with asyncio.timeout(seconds + PATIENCE_SECONDS):
            yield
    except TimeoutError as silence:
        why = f"an answer did not come within {PATIENCE_SECONDS:g} s"
        raise RunAborted(why) from silence


def compose(  # noqa: PLR0913 - the parts of a request
    method: str,
    path: str,
    *,
    token: str,
    port: int,
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return the bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{port}"]
    lines += [f"authorization: Bearer {token}"] if token else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
