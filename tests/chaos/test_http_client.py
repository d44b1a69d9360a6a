"""The client on the wire: sends once, never on a dead connection."""

import asyncio

import pytest

from chaos.http_client import Answer, Broken, HttpClient

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nhold\r\n4\r\nfast\r\n0\r\n\r\n"
)
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf"


class Peer:
    """Answers each request with the next script; an empty one closes the connection."""

    def __init__(self) -> None:
        self.scripts: list[bytes] = []
        self.requests = 0
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        while self.scripts:
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            self.requests += 1
            script = self.scripts.pop(0)
            writer.write(script)
            if script in {CUT, b""}:
                break
        if not self.scripts or script in {CUT, b""}:
            writer.close()


@pytest.fixture
async def peer():
    return Peer()


@pytest.fixture
async def wire(peer):
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire = HttpClient(f"http://127.0.0.1:{port}")
    yield wire
    await wire.close()
    server.close()
    for writer in peer.writers:
        writer.close()
    await server.wait_closed()


async def get(wire):
    return await wire.send("GET", "/", {}, b"")


async def test_a_response_with_a_length_and_a_chunked_one_are_read_completely(
    peer, wire
):
    peer.scripts = [WHOLE, CHUNKED]

    assert await get(wire) == Answer(status=200, content=b"hi")
    assert (await get(wire)).text == "holdfast"
    assert (peer.requests, peer.connections) == (2, 1)


@pytest.mark.parametrize("script", [CUT, b"", b"nonsense\r\n\r\n"])
async def test_a_broken_response_raises_and_is_not_sent_again(peer, wire, script):
    peer.scripts = [script]

    with pytest.raises(Broken):
        await get(wire)

    assert peer.requests == 1


async def test_a_connection_that_was_closed_while_idle_is_not_used(peer, wire):
    peer.scripts = [WHOLE]
    await get(wire)
    peer.scripts = [WHOLE]
    await asyncio.gather(*(writer.wait_closed() for writer in peer.writers))

    assert (await get(wire)).status == 200
    assert peer.connections == 2


async def test_concurrent_requests_each_have_a_connection(peer, wire):
    peer.scripts = [WHOLE] * 5

    answers = await asyncio.gather(*(get(wire) for _ in range(5)))

    assert [answer.status for answer in answers] == [200] * 5
    assert peer.connections == 5
