"""The outermost layer: ids, time limit, measurement, headers, the last net.

One layer instead of five, because each costs every request a coroutine and a
closure. Nothing that is raised below it leaves without the one error format.
"""

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from api import problems
from api.kernel import context
from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.telemetry import HTTP_DURATION, HTTP_IN_FLIGHT

# No answer takes longer, whatever hangs below: the promise is five seconds.
DEADLINE_SECONDS = 4.0

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_STRICT_CONTENT = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'",
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TooSlow(Unavailable):
    """The answer was not ready in time, and nothing was changed."""

    code = "deadline_exceeded"

    def __init__(self) -> None:
        super().__init__("The answer took too long.")


class Envelope:
    """Wraps the whole application."""

    def __init__(
        self, app: ASGIApp, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._app = app
        self._deadline_seconds = deadline_seconds
        self._observers: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass the life of the application through."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        await self._answer(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        own_headers = _enter(scope)
        status = 0

        async def send_out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _headers(message["headers"], own_headers)
            await send(message)

        HTTP_IN_FLIGHT.inc()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._app(scope, receive, send_out)
        except Exception as error:
            if status:
                raise
            await _send(send_out, problems.refuse(_translate(error, scope)))
        finally:
            HTTP_IN_FLIGHT.dec()
            self._observe(scope, status, perf_counter() - started)

    def _observe(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "unmatched"
        key = (route, scope["method"], status)
        observe = self._observers.get(key)
        if observe is None:
            labels = HTTP_DURATION.labels(route, _known(key[1]), str(status))
            observe = self._observers[key] = labels.observe
        observe(seconds)


def _enter(scope: HTTPScope) -> list[tuple[bytes, bytes]]:
    """Set the context of this request; return the headers that every answer bears."""
    request_id = trace = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"traceparent":
            trace = value.decode("latin-1")
    accepted = context.accept_request_id(request_id)
    context.request_id.set(accepted)
    context.traceparent.set(context.continue_trace(trace))
    context.organization.set(None)
    scope.setdefault("state", {})
    return [(b"x-request-id", accepted.encode()), *SECURITY_HEADERS]


def _headers(
    headers: Iterable[tuple[bytes, bytes]], own_headers: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    merged = [*headers, *own_headers]
    if not any(name == b"content-security-policy" for name, _ in merged):
        merged.append(_STRICT_CONTENT)
    if not any(name == b"cache-control" for name, _ in merged):
        merged.append((b"cache-control", b"no-store"))
    return merged


def _translate(error: Exception, scope: HTTPScope) -> Exception:
    """A deadline that cuts a write leaves its outcome unknown."""
    if not isinstance(error, TimeoutError):
        return error
    return TooSlow() if scope["method"] in _SAFE_METHODS else OutcomeUnknown()


def _known(method: str) -> str:
    """Keep the label's values few, whatever a client calls its method."""
    standard = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return method if method in standard else "other"


async def _send(send: Send, refusal: problems.Refusal) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(refusal.body)).encode()),
        *(
            (name.lower().encode(), value.encode())
            for name, value in refusal.headers.items()
        ),
    ]
    await send(
        {"type": "http.response.start", "status": refusal.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": refusal.body, "more_body": False})
