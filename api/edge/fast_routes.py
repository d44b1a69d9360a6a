"""The routes that are asked most, called without Litestar's machinery.

A route marked FAST_ROUTE reads for itself all that it needs, so Litestar's request
object, its dependency resolution and its copies are spared: two thirds of what a
small answer costs. Its gate is asked all the same, and what it raises leaves through
the envelope in the one error format. Any request that is not plainly for such a
route, and any with an Idempotency-Key, goes through Litestar and ends in the very
same handler.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.edge.permissions import Gate, gate_of
from api.kernel.clock import Clock
from api.kernel.errors import Invalid

FAST_ROUTE = {"shortcut": True}

_ID_LENGTH = 36
_PLACES = frozenset({"scope", "principal", "clock", "body"})
_LONG_WAY = b"idempotency-key"

Handler = Callable[..., Awaitable[ASGIApp]]


class FastRouteUnsuitable(Exception):
    """A route is marked and wants more than a shortcut can give."""

    def __init__(self, route: str) -> None:
        super().__init__(f"{route} cannot be called without Litestar")


class BodyIncomplete(Invalid):
    """The client hung up before its body had come."""

    def __init__(self) -> None:
        super().__init__("The body is incomplete.")


class FastRoute:
    """One marked route: its gate, its handler, and what the handler asks for."""

    __slots__ = (
        "call",
        "gate",
        "id_name",
        "measured_as",
        "template",
        "wants_body",
        "wants_clock",
    )

    def __init__(
        self, handler: HTTPRouteHandler, template: str, *, measured_as: str
    ) -> None:
        self.call: Handler = handler.fn
        self.gate: Gate = gate_of(handler)
        self.template = template
        self.measured_as = measured_as
        wanted = {
            name
            for name, parameter in inspect.signature(handler.fn).parameters.items()
            if parameter.default is inspect.Parameter.empty
        }
        self.wants_body = "body" in wanted
        self.wants_clock = "clock" in wanted
        ids = wanted - _PLACES
        self.id_name = ids.pop() if ids else ""
        fits = template.endswith(f"/{{{self.id_name}:uuid}}") == bool(self.id_name)
        if ids or not fits or "scope" not in wanted:
            raise FastRouteUnsuitable(f"{handler}")


class FastRoutes:
    """Calls marked routes directly; everything else is Litestar's."""

    def __init__(self, app: Litestar, *, clock: Clock) -> None:
        """Find the marked routes; raises FastRouteUnsuitable."""
        self._app = app
        self._clock = clock
        self._exact: dict[tuple[str, str], FastRoute] = {}
        self._by_id: dict[tuple[str, str], FastRoute] = {}
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for handler in route.route_handlers:
                    if handler.opt.get("shortcut"):
                        shortcut = FastRoute(
                            handler, route.path, measured_as=route.path_format
                        )
                        self._add(shortcut, handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises what the gate and the handler raise."""
        found = self._find(scope) if scope["type"] == ScopeType.HTTP else None
        if found is None:
            await self._app(scope, receive, send)
            return
        shortcut, given = found
        scope["path_template"] = shortcut.measured_as
        caller = scope["state"].get("caller")
        shortcut.gate.check(caller)
        given["principal"] = caller
        if shortcut.wants_clock:
            given["clock"] = self._clock
        if shortcut.wants_body:
            given["body"] = await _read_body(receive)
        reply = await shortcut.call(scope=scope, **given)
        await reply(scope, receive, send)

    def _add(self, shortcut: FastRoute, handler: HTTPRouteHandler) -> None:
        for method in handler.http_methods:
            if shortcut.id_name:
                prefix = shortcut.template.rpartition("/")[0] + "/"
                self._by_id[method, prefix] = shortcut
            else:
                self._exact[method, shortcut.template] = shortcut

    def _find(self, scope: HTTPScope) -> tuple[FastRoute, dict[str, Any]] | None:
        path, method = scope["path"], scope["method"]
        shortcut = self._exact.get((method, path))
        given: dict[str, Any] = {}
        if shortcut is None:
            shortcut = self._by_id.get((method, path[:-_ID_LENGTH]))
            if shortcut is None:
                return None
            try:
                given[shortcut.id_name] = UUID(path[-_ID_LENGTH:])
            except ValueError:
                return None
        if shortcut.wants_body and _takes_long_way(scope):
            return None
        return shortcut, given


def _takes_long_way(scope: HTTPScope) -> bool:
    return any(name == _LONG_WAY for name, _ in scope["headers"])


async def _read_body(receive: Receive) -> bytes:
    """Read to the end; raises BodyIncomplete when the client hangs up before it."""
    message: Any = await receive()
    parts = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise BodyIncomplete
    return parts[0] if len(parts) == 1 else b"".join(parts)
