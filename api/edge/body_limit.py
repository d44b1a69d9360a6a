"""Limit of the request body, by declared length and by bytes received."""

from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

MAX_BYTES = 1024 * 1024


class BodyTooLarge(HTTPException):
    """The body exceeds the limit."""

    status_code = 413


class BodyLimit:
    """Refuses a body over the limit, by its declared length or while it arrives."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes of one request; raises BodyTooLarge."""
        if scope["type"] != ScopeType.HTTP or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"content-length" and _number(value) > self._max_bytes:
                raise BodyTooLarge
        received = 0

        async def receive_counted() -> Any:  # noqa: ANN401 - passed on as it came
            nonlocal received
            message: Any = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise BodyTooLarge
            return message

        await self._app(scope, receive_counted, send)


def _number(value: bytes) -> int:
    return int(value) if value.isdigit() else 0
