"""A closed HTTP client that costs little: a few connections, one request on each."""

import asyncio
import time
from collections.abc import Callable
from itertools import repeat

from msgspec import Struct

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LINE_LIMIT = 8 * 1024 * 1024

MakeRequest = Callable[[], bytes]


class RunAborted(Exception):
    """An answer was not a success: what was measured was not the work."""


class Answer(Struct, frozen=True):
    status: int
    body: bytes


class Sample(Struct, frozen=True):
    """What one stretch of load showed; latencies in seconds."""

    answers: int
    seconds: float
    latencies: list[float]


async def load(
    host: str, port: int, request: MakeRequest, *, connections: int, seconds: float
) -> Sample:
    """Keep `connections` busy for `seconds`; raises RunAborted on any non-2xx."""
    latencies: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(
            converse(host, port, request, until=began + seconds, into=latencies)
            for _ in repeat(None, connections)
        )
    )
    return Sample(len(latencies), time.perf_counter() - began, latencies)


async def converse(
    host: str, port: int, request: MakeRequest, *, until: float, into: list[float]
) -> None:
    """Ask and wait, over and over, on one connection."""
    reader, writer = await asyncio.open_connection(host, port, limit=_LINE_LIMIT)
    try:
        while (began := time.perf_counter()) < until:
            writer.write(request())
            answer = await read_answer(reader)
            into.append(time.perf_counter() - began)
            if not is_success(answer):
                raise RunAborted(f"{answer.status}: {answer.body[:300]!r}")
    finally:
        writer.close()
        await writer.wait_closed()


async def ask(host: str, port: int, request: bytes) -> Answer:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection(host, port, limit=_LINE_LIMIT)
    try:
        writer.write(request)
        return await read_answer(reader)
    finally:
        writer.close()
        await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Read one answer with a Content-Length; raises RunAborted without one."""
    try:
        head = (await reader.readuntil(_HEAD_END)).lower()
    except asyncio.IncompleteReadError as cut:
        raise RunAborted("the server closed the connection") from cut
    status = int(head[9:12])
    at = head.find(_LENGTH)
    if at < 0:
        raise RunAborted(f"{status} without a Content-Length")
    length = int(head[at + len(_LENGTH) : head.index(b"\r\n", at)])
    return Answer(status, await reader.readexactly(length))


def is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004 - the class of success in HTTP


def compose(
    method: str, path: str, *, token: str, body: bytes = b"", port: int
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{port}"]
    lines += [f"authorization: Bearer {token}"] if token else []
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
