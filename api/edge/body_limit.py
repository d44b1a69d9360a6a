"""A limit on the bytes that really arrive, whatever the header says."""

from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

MOST_BYTES = 1024 * 1024


class BodyTooLarge(HTTPException):
    """More bytes came than a request may have."""

    status_code = 413


class BodyLimit:
    """Refuses a body over the limit, by its declared length or while it arrives."""

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes of one request; raises BodyTooLarge."""
        if scope["type"] != ScopeType.HTTP or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"content-length" and _number(value) > self._most_bytes:
                raise BodyTooLarge
        seen = 0

        async def receive_counted() -> Any:  # noqa: ANN401 - passed on as it came
            nonlocal seen
            message: Any = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most_bytes:
                raise BodyTooLarge
            return message

        await self._app(scope, receive_counted, send)


def _number(value: bytes) -> int:
    return int(value) if value.isdigit() else 0
