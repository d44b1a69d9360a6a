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
from opentelemetry.trace import Span, SpanKind, StatusCode

from api import problems
from api.kernel import context, tracing
from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.metrics import HTTP_DURATION, IN_FLIGHT

# No answer takes longer, whatever hangs below: the promise is five seconds.
DEADLINE_SECONDS = 4.0

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_UNLESS_SAID = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TooSlow(Unavailable):
    """The answer was not ready in time, and nothing was changed."""

    code = "deadline_exceeded"

    def __init__(self) -> None:
        super().__init__("The answer took too long.")


class RequestMiddleware:
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
        own_headers, span = self.begin(scope)
        status = 0

        async def send_out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _headers(message["headers"], own_headers)
            await send(message)

        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._app(scope, receive, send_out)
        except Exception as error:
            if status:
                raise
            await _send(send_out, problems.refuse(_translate(error, scope)))
        finally:
            self.finish(scope, status, perf_counter() - started, span)

    def begin(self, scope: HTTPScope) -> tuple[list[tuple[bytes, bytes]], Span | None]:
        """Set the context of this request.

        Returns the headers that every answer bears, and the span if one is recorded.
        """
        IN_FLIGHT.requests += 1
        request_id = trace = None
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"traceparent":
                trace = value.decode("latin-1")
        own_headers = start_request(scope, request_id)
        return own_headers, tracing.start_entry_span(
            trace, scope["method"], SpanKind.SERVER
        )

    def finish(
        self, scope: HTTPScope, status: int, seconds: float, span: Span | None
    ) -> None:
        """Count the request, and end its span if there is one."""
        IN_FLIGHT.requests -= 1
        route = scope.get("path_template") or "unmatched"
        key = (route, _known(scope["method"]), status)
        observe = self._observers.get(key)
        if observe is None:
            labels = HTTP_DURATION.labels(route, key[1], str(status))
            observe = self._observers[key] = labels.observe
        observe(seconds, tracing.exemplar(span))
        if span is not None:
            _describe(span, scope, route, status)
            span.end()


def start_request(
    scope: HTTPScope, request_id: str | None
) -> list[tuple[bytes, bytes]]:
    """Give the request its id; return the headers that every answer bears."""
    accepted = context.accept_request_id(request_id)
    context.request_id.set(accepted)
    context.organization_id.set(None)
    scope.setdefault("state", {})
    return [(b"x-request-id", accepted.encode()), *SECURITY_HEADERS]


def _describe(span: Span, scope: HTTPScope, route: str, status: int) -> None:
    """Say what was asked, by whose organization, and what was answered.

    The path bears ids at most; the query and the address of a person stay out.
    """
    method = _known(scope["method"])
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": scope["scheme"],
            "url.path": scope["path"],
            "network.protocol.version": scope["http_version"],
            "holdfast.request_id": context.request_id.get() or "",
        }
    )
    organization_id = context.organization_id.get()
    if organization_id is not None:
        span.set_attribute("holdfast.organization_id", str(organization_id))
    if not status or status >= 500:  # noqa: PLR2004 - HTTP's own border
        span.set_attribute("error.type", str(status or "no answer"))
        span.set_status(StatusCode.ERROR)


def _headers(
    headers: Iterable[tuple[bytes, bytes]], own_headers: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    merged = [*headers, *own_headers]
    names = {name for name, _ in merged}
    merged.extend(one for one in _UNLESS_SAID if one[0] not in names)
    return merged


def _translate(error: Exception, scope: HTTPScope) -> Exception:
    """A deadline that cuts a write leaves its outcome unknown."""
    if not isinstance(error, TimeoutError):
        return error
    return TooSlow() if scope["method"] in _SAFE_METHODS else OutcomeUnknown()


def _known(method: str) -> str:
    """Keep the label's values few, whatever a client calls its method."""
    return method if method in _METHODS else "other"


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
