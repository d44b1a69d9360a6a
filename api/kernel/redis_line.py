"""One connection to Redis that everybody shares: commands out, answers back in order.

The stock client lends a connection for each command and spends sixty microseconds on
it. Here commands are written one behind the other without waiting, so a burst shares
the system calls as well. For short commands only: an answer waits for those before.
"""

import asyncio
import ssl
from collections import deque
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import hiredis

Command = tuple[str | bytes | int, ...]

_PORT = 6379


class LineLost(ConnectionError):
    """The connection ended, or its oldest answer was overdue."""


class RedisLine(asyncio.Protocol):
    """Asks, and gives each asker the answer that is his.

    An answer that does not come within `patience_seconds` ends the connection: those
    behind it would wait as well.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: Any = None
        self._loop = asyncio.get_running_loop()
        self.lost = False

    def ask(self, command: Command) -> asyncio.Future[Any]:
        """Send a command; the future brings its answer, or raises LineLost.

        What Redis refuses is returned as an exception, as hiredis does.
        """
        asker = self._loop.create_future()
        if self.lost:
            asker.set_exception(LineLost("closed"))
            return asker
        due = self._loop.time() + self._patience_seconds
        self._waiting.append((asker, due))
        if self._watch is None:
            self._watch = self._loop.call_at(due, self._look)
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stub means tuples of one
        return asker

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that are complete."""
        self._reader.feed(data)
        while self._waiting:
            answer = self._reader.gets()
            if answer is False:
                return
            asker, _ = self._waiting.popleft()
            if not asker.done():
                asker.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everybody who waits."""
        self.lost = True
        if self._watch is not None:
            self._watch.cancel()
        for asker, _ in self._waiting:
            if not asker.done():
                asker.set_exception(LineLost(str(error or "closed")))
        self._waiting.clear()

    def cut(self) -> None:
        """End the connection at once."""
        self.lost = True
        self._transport.abort()

    def _look(self) -> None:
        """Judge the oldest asker, once the loop has read what has come meanwhile.

        It may be we who are slow: the timers of a busy loop run before its sockets.
        """
        self._watch = self._loop.call_later(0, self._judge)

    def _judge(self) -> None:
        self._watch = None
        if not self._waiting:
            return
        due = self._waiting[0][1]
        if due <= self._loop.time():
            self.cut()
        else:
            self._watch = self._loop.call_at(due, self._look)


async def open_line(url: str, *, patience_seconds: float) -> RedisLine:
    """Connect and log in as the URL says; raises OSError, TimeoutError and LineLost."""
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "rediss" else None
    async with asyncio.timeout(patience_seconds):
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: RedisLine(patience_seconds),
            parts.hostname or "localhost",
            parts.port or _PORT,
            ssl=secure,
        )
    for greeting in _greetings(unquote(parts.username or ""), parts):
        if isinstance(refused := await line.ask(greeting), Exception):
            line.cut()
            raise LineLost(str(refused))
    return line


def _greetings(user: str, parts: SplitResult) -> list[Command]:
    greetings: list[Command] = []
    if parts.password:
        greetings.append(("AUTH", user or "default", unquote(parts.password)))
    if number := parts.path.strip("/"):
        greetings.append(("SELECT", number))
    return greetings
