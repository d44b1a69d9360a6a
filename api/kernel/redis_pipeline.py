"""One connection to Redis that all tasks share: commands are pipelined.

The stock client checks a connection out of a pool for each command, which costs sixty
microseconds. Here commands are written one after the other without waiting, so a burst
also shares system calls. Use it for short commands only: responses arrive in order, and
a slow one delays those behind it.
"""

import asyncio
import ssl
from collections import deque
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import hiredis

from api.kernel.errors import Unavailable

Command = tuple[str | bytes | int, ...]

_PORT = 6379
_PING_SECONDS = 0.5


class RedisConnectionLost(ConnectionError):
    """The connection ended, or its oldest response was overdue."""


class RedisUnavailable(Unavailable):
    """The server did not answer a PING."""

    code = "redis_unavailable"


class SharedConnection(asyncio.Protocol):
    """Sends commands and resolves the pending futures with the responses, in order.

    A response that does not arrive within `timeout_seconds` closes the connection,
    because all responses behind it are late as well.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._reader = hiredis.Reader()
        self._pending: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: Any = None
        self._loop = asyncio.get_running_loop()
        self.lost = False

    def execute(self, command: Command) -> asyncio.Future[Any]:
        """Send a command; the future holds its response or RedisConnectionLost.

        An error reply of Redis is returned as an exception object, as hiredis does.
        """
        pending = self._loop.create_future()
        if self.lost:
            pending.set_exception(RedisConnectionLost("closed"))
            return pending
        deadline = self._loop.time() + self._timeout_seconds
        self._pending.append((pending, deadline))
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._schedule_check)
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stub means tuples of one
        return pending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio.Protocol)."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Resolve the futures whose responses are complete (asyncio.Protocol)."""
        self._reader.feed(data)
        while self._pending:
            response = self._reader.gets()
            if response is False:
                return
            pending, _ = self._pending.popleft()
            if not pending.done():
                pending.set_result(response)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail all pending futures (asyncio.Protocol)."""
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()
        for pending, _ in self._pending:
            if not pending.done():
                pending.set_exception(RedisConnectionLost(str(error or "closed")))
        self._pending.clear()

    def abort(self) -> None:
        """Close the connection immediately."""
        self.lost = True
        self._transport.abort()

    def _schedule_check(self) -> None:
        """Check the oldest pending command after the loop has read its sockets.

        A busy loop runs timers before sockets, so the response may have arrived.
        """
        self._timer = self._loop.call_later(0, self._check_deadline)

    def _check_deadline(self) -> None:
        self._timer = None
        if not self._pending:
            return
        deadline = self._pending[0][1]
        if deadline <= self._loop.time():
            self.abort()
        else:
            self._timer = self._loop.call_at(deadline, self._schedule_check)


async def open_connection(url: str, *, timeout_seconds: float) -> SharedConnection:
    """Connect and log in; raises OSError, TimeoutError and RedisConnectionLost."""
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "rediss" else None
    async with asyncio.timeout(timeout_seconds):
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: SharedConnection(timeout_seconds),
            parts.hostname or "localhost",
            parts.port or _PORT,
            ssl=secure,
        )
    for command in _log_in_commands(unquote(parts.username or ""), parts):
        response = await connection.execute(command)
        if isinstance(response, Exception):
            connection.abort()
            raise RedisConnectionLost(str(response))
    return connection


def _log_in_commands(user: str, parts: SplitResult) -> list[Command]:
    commands: list[Command] = []
    if parts.password:
        commands.append(("AUTH", user or "default", unquote(parts.password)))
    if number := parts.path.strip("/"):
        commands.append(("SELECT", number))
    return commands


async def ping(url: str) -> None:
    """Open a connection for one PING; raises RedisUnavailable after half a second."""
    if not url:
        raise RedisUnavailable("It is not configured.")
    try:
        connection = await open_connection(url, timeout_seconds=_PING_SECONDS)
        try:
            response = await connection.execute(("PING",))
        finally:
            connection.abort()
    except OSError as error:
        message = f"It does not answer: {type(error).__name__}."
        raise RedisUnavailable(message) from error
    if isinstance(response, Exception):
        raise RedisUnavailable(f"It refuses: {response}.")
