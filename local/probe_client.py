"""Health probes of programs on this machine: one GET, one PING.

Standard library only: `status` runs often and on a busy machine, and importing two
client libraries would cost more than all of its probes.
"""

import http.client
import socket
from urllib.parse import urlsplit

from msgspec import Struct

from local.ports import HOST

ASK_SECONDS = 2.0
REPLY_BYTES = 1024
GOOD = range(200, 300)


class Unanswered(Exception):
    """No answer, or not in time."""


class Answer(Struct, frozen=True):
    """The answer of an address."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Tell whether the status is 2xx."""
        return self.status in GOOD


def get(url: str, *, timeout_seconds: float = ASK_SECONDS) -> Answer:
    """GET a plain http address, never through a proxy; raises Unanswered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or HOST, parts.port, timeout=timeout_seconds
    )
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except (OSError, http.client.HTTPException) as failed:
        raise Unanswered(str(failed) or type(failed).__name__) from failed
    finally:
        connection.close()


def ping_redis(port: int, password: str) -> None:
    """Authenticate and PING a Redis; raises Unanswered with any other answer."""
    request = f"AUTH {password}\r\nPING\r\n".encode()
    try:
        with socket.create_connection((HOST, port), ASK_SECONDS) as connection:
            connection.sendall(request)
            said = b""
            while said.count(b"\r\n") < request.count(b"\r\n"):
                received = connection.recv(REPLY_BYTES)
                if not received:
                    break
                said += received
    except OSError as failed:
        raise Unanswered(str(failed)) from failed
    if not said.endswith(b"+PONG\r\n"):
        raise Unanswered(said.decode(errors="replace").strip() or "closed")
