"""Answers that are ready to be sent, for routes that are asked most.

Litestar's Response is built, copied and rendered for each request; this one is sent
as it is, and Litestar takes it for what it is: an ASGI application.
"""

from litestar.types import Message, Receive, Scope, Send

from api.kernel.idempotency import Answer

Headers = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")


class Reply:
    """Status, headers and body of one answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        start: Message = {
            "type": "http.response.start",
            "status": self.status,
            "headers": self.headers,
        }
        await send(start)
        await send(
            {"type": "http.response.body", "body": self.body, "more_body": False}
        )


def json_reply(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Reply:
    """Return encoded JSON as an answer."""
    length = (b"content-length", b"%d" % len(body))
    return Reply(status, [_JSON, length, *headers], body)


def reply_of(answer: Answer) -> Reply:
    """Return the answer of a creating route; a repeated one says so."""
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in answer.headers.items()
    ]
    if answer.repeated:
        headers.append((b"idempotency-replayed", b"true"))
    return json_reply(answer.status, answer.body, *headers)
