"""Small real servers with behaviour defined by a test."""

import asyncio
from contextlib import asynccontextmanager

import pytest


@asynccontextmanager
async def answering(answer):
    """Run a server on a free port; `answer(seen)` returns the bytes for request `seen`.

    Yields the port and the list of requests. None closes the connection.
    """
    seen = []

    async def converse(reader, writer):
        try:
            while True:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                told = answer(len(seen))
                if asyncio.iscoroutine(told):
                    told = await told
                if told is None:
                    return
                writer.write(told)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


def spell(status, body=b"{}"):
    """Return the bytes of one answer."""
    length = f"Content-Length: {len(body)}\r\n" if status not in (204, 304) else ""
    return f"HTTP/1.1 {status} X\r\n{length}\r\n".encode() + body


@pytest.fixture
def serving():
    """Return a factory of servers: `async with serving(answer) as (port, seen)`."""
    return answering


@pytest.fixture
def wire():
    """Return the encoder of answers: `wire(status, body)`."""
    return spell
