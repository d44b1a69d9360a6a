"""The outermost middleware: request id, deadline, metrics, headers, error responses.

It is one middleware instead of five, because each costs every request a coroutine and a
closure. Every exception from below leaves as a response in the one error format.
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

# Bound of every response; the target is five seconds.
DEADLINE_SECONDS = 4.0

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_DEFAULT_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class DeadlineExceeded(Unavailable):
    """The response was not ready in time, and nothing was changed."""

    code = "deadline_exceeded"

    def __init__(self) -> None:
        super().__init__("The answer took too long.")


class RequestMiddleware:
    """Wraps the whole application; the deadline includes every other middleware."""

    def __init__(
        self, app: ASGIApp, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._app = app
        self._deadline_seconds = deadline_seconds
        self._observers: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass the lifespan events through."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        await self._answer(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        common_headers, span = self.begin(scope)
        status = 0

        async def send_out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _headers(message["headers"], common_headers)
            await send(message)

        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._app(scope, receive, send_out)
        except Exception as error:
            if status:
                raise
            await _send(send_out, problems.error_response(_translate(error, scope)))
        finally:
            self.finish(scope, status, perf_counter() - started, span)

    def begin(self, scope: HTTPScope) -> tuple[list[tuple[bytes, bytes]], Span | None]:
        """Set the context of this request.

        Returns the headers of every response, and the span if one is recorded.
        """
        IN_FLIGHT.requests += 1
        request_id = trace = None
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"traceparent":
                trace = value.decode("latin-1")
        common_headers = start_request(scope, request_id)
        return common_headers, tracing.start_entry_span(
            trace, scope["method"], SpanKind.SERVER
        )

    def finish(
        self, scope: HTTPScope, status: int, seconds: float, span: Span | None
    ) -> None:
        """Measure the request, and end its span if one is recorded."""
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
    """Set the request id; return the headers of every response."""
    accepted = context.accept_request_id(request_id)
    context.request_id.set(accepted)
    context.organization_id.set(None)
    scope.setdefault("state", {})
    return [(b"x-request-id", accepted.encode()), *SECURITY_HEADERS]


def _describe(span: Span, scope: HTTPScope, route: str, status: int) -> None:
    """Set the span's attributes: route, tenant and status.

    The path holds ids at most. Query and client address are left out: personal data.
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
    headers: Iterable[tuple[bytes, bytes]], common_headers: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    merged = [*headers, *common_headers]
    names = {name for name, _ in merged}
    merged.extend(one for one in _DEFAULT_HEADERS if one[0] not in names)
    return merged


def _translate(error: Exception, scope: HTTPScope) -> Exception:
    """Return the failure of a deadline: after a write its outcome is unknown."""
    if not isinstance(error, TimeoutError):
        return error
    return DeadlineExceeded() if scope["method"] in _SAFE_METHODS else OutcomeUnknown()


def _known(method: str) -> str:
    """Return the method as a label value from a bounded set."""
    return method if method in _METHODS else "other"


async def _send(send: Send, response: problems.ErrorResponse) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(response.body)).encode()),
        *(
            (name.lower().encode(), value.encode())
            for name, value in response.headers.items()
        ),
    ]
    await send(
        {"type": "http.response.start", "status": response.status, "headers": headers}
    )
    await send(
        {"type": "http.response.body", "body": response.body, "more_body": False}
    )
