import asyncio
from contextlib import asynccontextmanager

import pytest

from bench.exchange import RunAborted, compose, load


@asynccontextmanager
async def answering(status, body=b"{}"):
    """A server that says the same to everybody; yields its port and a list of asks."""
    seen = []

    async def serve(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            seen.append(head)
            lines = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(lines.encode() + body)

    def quietly(reader, writer):
        task = asyncio.ensure_future(serve(reader, writer))
        task.add_done_callback(lambda done: (done.exception(), writer.close()))

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


async def test_every_answer_of_the_time_is_counted():
    async with answering(200) as (port, seen):
        request = compose("GET", "/", token="", port=port)
        sample = await load(
            "127.0.0.1", port, lambda: request, connections=4, seconds=0.2
        )

    assert sample.answers == len(seen) == len(sample.latencies) > 4
    assert sample.seconds == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("status", [304, 400, 500, 503])
async def test_any_answer_but_success_ends_the_comparison(status):
    async with answering(status, b"why") as (port, _):
        request = compose("GET", "/", token="", port=port)
        with pytest.raises(RunAborted, match=rf"{status}.*why"):
            await load("127.0.0.1", port, lambda: request, connections=2, seconds=5)


def test_a_request_names_its_length_and_its_key():
    request = compose("POST", "/events", token="hf_key", body=b"{}", port=1)

    assert request.endswith(b"content-length: 2\r\n\r\n{}")
    assert b"authorization: Bearer hf_key\r\n" in request
