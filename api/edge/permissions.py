"""Deny by default: a route says what it needs, or the program does not start."""

from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from api.kernel.errors import Refused, Unauthenticated
from api.kernel.principals import KEY_SCOPES, PERMISSIONS, Principal

Connection = ASGIConnection[Any, Any, Any, Any]


class CredentialsMissing(Unauthenticated):
    """The route wants a token or a key, and none came."""

    def __init__(self) -> None:
        super().__init__("Send a bearer token or an API key.")


class PermissionMissing(Refused):
    """The caller's role, or the key's scopes, do not include this."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.")
        self.permission = permission


class RouteUndeclared(Exception):
    """A route does not say who may call it."""

    def __init__(self, route: str) -> None:
        super().__init__(f"{route} declares no permission: add requires() or public()")


class Gate:
    """A guard that lets through whoever has the permission; None lets all through."""

    def __init__(self, permission: str | None) -> None:
        self.permission = permission

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raise CredentialsMissing, PermissionMissing, or why a token was refused."""
        self.check(connection.scope["state"].get("caller"))

    def check(self, caller: object) -> None:
        """Raise unless this caller, as Authentication left it, may pass."""
        if self.permission is None:
            return
        if isinstance(caller, Exception):
            raise caller
        if not isinstance(caller, Principal):
            raise CredentialsMissing
        if not caller.may(self.permission):
            raise PermissionMissing(self.permission)


def requires(permission: str) -> Gate:
    """Let through callers with this permission; it must stand in the table of roles."""
    known = KEY_SCOPES.union(*PERMISSIONS.values())
    if permission not in known:
        message = f"nobody has the permission {permission!r}"
        raise ValueError(message)
    return Gate(permission)


def public() -> Gate:
    """Let everybody through, knowingly."""
    return Gate(None)


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Give a handler its caller; the gate has seen to it that there is one."""
    principal: Principal = request.scope["state"]["caller"]
    return principal


def gate_of(handler: BaseRouteHandler) -> Gate:
    """Return the one gate of a route; raises RouteUndeclared when it has not one."""
    gates = [guard for guard in handler.resolve_guards() if isinstance(guard, Gate)]
    if len(gates) != 1:
        raise RouteUndeclared(f"{handler}")
    return gates[0]


def permission_of(handler: BaseRouteHandler) -> str | None:
    """Return what a route needs; raises RouteUndeclared when it does not say."""
    return gate_of(handler).permission


def check_declared(app: Litestar) -> None:
    """Raise RouteUndeclared for the first route without exactly one gate."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    permission_of(handler)
