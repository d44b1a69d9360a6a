"""Responses that are already encoded, and responses of routes that create something.

Litestar builds, copies and renders its own Response for each request. A RawResponse is
an ASGI application, which Litestar sends as it is.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter
from litestar.types import Message, Receive, Scope, Send
from msgspec import Struct

from api.kernel.idempotency import IdempotentRequest, StoredResponse, run_once

T = TypeVar("T")

Headers = list[tuple[bytes, bytes]]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Repeat a request with the same key and get the same answer.",
    ),
]

_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class RawResponse:
    """Status, headers and encoded body of one response."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send the response."""
        start: Message = {
            "type": "http.response.start",
            "status": self.status,
            "headers": self.headers,
        }
        await send(start)
        await send(
            {"type": "http.response.body", "body": self.body, "more_body": False}
        )


def json_response(
    status: int, body: bytes, *headers: tuple[bytes, bytes]
) -> RawResponse:
    """Return encoded JSON as a response."""
    length = (b"content-length", b"%d" % len(body))
    return RawResponse(status, [_JSON, length, *headers], body)


def created(view: Struct, *, status: int = 201, **headers: str) -> StoredResponse:
    """Return the response that shows what was created; headers by name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return StoredResponse(status, _encode(view), named)


def raw_response(stored: StoredResponse) -> RawResponse:
    """Return a stored response for sending, with `idempotency-replayed` on a repeat."""
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in stored.headers.items()
    ]
    if stored.repeated:
        headers.append((b"idempotency-replayed", b"true"))
    return json_response(stored.status, stored.body, *headers)


async def respond_once(  # noqa: PLR0913 - the request's identity and its work
    request: Request[Any, Any, Any],
    kind: type[T],  # noqa: ARG001 - the body's type, for type checker and OpenAPI
    *,
    key: str | None,
    organization_id: UUID,
    work: Callable[[], Awaitable[StoredResponse]],
    scope: str = "",
) -> Response[T]:
    """Run `work` once for this idempotency key; runs inside the transaction.

    A repeated response has the header `Idempotency-Replayed: true`.
    """
    attempt = IdempotentRequest(
        organization_id=organization_id,
        route=f"{request.method} {request.scope['path']}",
        key=key,
        body=await request.body(),
        scope=scope,
    )
    stored = await run_once(attempt, work)
    headers = dict(stored.headers)
    if stored.repeated:
        headers["Idempotency-Replayed"] = "true"
    response = Response(
        stored.body,
        status_code=stored.status,
        headers=headers,
        media_type="application/json",
    )
    return cast("Response[T]", response)
