"""A small HTTP/1.1 client that sends once and records when.

A library's connection pool costs this load several times the processor time of its
requests; load starved by its own client beside hundreds of open requests is late.
"""

import asyncio
import select
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

_MOST_IDLE = 16


class Broken(Exception):
    """The connection ended, or the bytes received are not an HTTP response."""


class Answer(Struct, frozen=True):
    """One complete HTTP response."""

    status: int
    content: bytes

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return msgspec.json.decode(self.content)


class HttpClient:
    """Connections to one server; as many as there are concurrent requests."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._idle: deque[_Connection] = deque()

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        """Send once; raises Broken or OSError. Cancellation closes the connection."""
        connection = self._take_idle() or await self._connect()
        try:
            answer = await connection.exchange(method, path, headers, content)
        except BaseException:
            connection.close()
            raise
        if connection.reusable and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def close(self) -> None:
        """Close idle connections; requests in flight close their own."""
        while self._idle:
            connection = self._idle.popleft()
            connection.close()
            await connection.closed()

    def _take_idle(self) -> "_Connection | None":
        """Return the connection idle longest, so that all are used equally."""
        while self._idle:
            connection = self._idle.popleft()
            if connection.alive():
                return connection
            connection.close()
        return None

    async def _connect(self) -> "_Connection":
        reader, writer = await asyncio.open_connection(self._host, self._port)
        return _Connection(reader, writer, f"{self._host}:{self._port}")


class _Connection:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self._reader, self._writer, self._host = reader, writer, host
        self.reusable = True

    def alive(self) -> bool:
        """Return whether it is open: idle with bytes to read means closed."""
        if self._reader.at_eof() or self._writer.is_closing():
            return False
        poll = select.poll()
        poll.register(self._writer.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self._writer.close()

    async def closed(self) -> None:
        try:
            await self._writer.wait_closed()
        except OSError:
            return

    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(content)}", "", ""]
        self._writer.write("\r\n".join(lines).encode() + content)
        try:
            return await self._read()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as cut:
            raise Broken("the connection ended in the middle of an answer") from cut
        except (ValueError, IndexError) as nonsense:
            raise Broken("the answer is not HTTP") from nonsense

    async def _read(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.rstrip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip().lower() for name, _, value in pairs}
        self.reusable = headers.get("connection") != "close"
        if headers.get("transfer-encoding") == "chunked":
            content = await self._read_chunks()
        else:
            content = await self._reader.readexactly(
                int(headers.get("content-length", "0"))
            )
        return Answer(status=int(status_line.split()[1]), content=content)

    async def _read_chunks(self) -> bytes:
        chunks = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            chunks.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readuntil(b"\r\n")
        return b"".join(chunks)
