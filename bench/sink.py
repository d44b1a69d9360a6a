"""A collector that discards every trace: `python -m bench.sink PORT`.

With it the API exports spans like in production.
"""

import asyncio
import sys

from bench.exchange import HEAD_END, body_length

_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n"
    b"content-length: 0\r\n\r\n"
)


async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request on one connection until it is closed."""
    try:
        while True:
            head = await reader.readuntil(HEAD_END)
            await reader.readexactly(body_length(head))
            writer.write(_ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve(port: int) -> None:
    """Listen on the loopback until the process is ended."""
    server = await asyncio.start_server(swallow, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
