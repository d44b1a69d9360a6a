"""Deny by default: a route without a declared permission fails the start."""

from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from api.kernel.errors import Refused, Unauthenticated
from api.kernel.principals import KEY_SCOPES, PERMISSIONS, Principal

Connection = ASGIConnection[Any, Any, Any, Any]


class CredentialsMissing(Unauthenticated):
    """The route requires a token or an API key, and the request has neither."""

    def __init__(self) -> None:
        super().__init__("Send a bearer token or an API key.")


class PermissionMissing(Refused):
    """The caller's role, or the key's scopes, do not include the permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.")
        self.permission = permission


class RouteUndeclared(Exception):
    """A route declares neither a permission nor public access."""

    def __init__(self, route: str) -> None:
        super().__init__(f"{route} declares no permission: add requires() or public()")


class PermissionGuard:
    """A Litestar guard that requires a permission; None makes the route public."""

    def __init__(self, permission: str | None) -> None:
        self.permission = permission

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raise CredentialsMissing, PermissionMissing or the token's failure."""
        self.check(connection.scope["state"].get("caller"))

    def check(self, caller: object) -> None:
        """Raise unless the caller that Authentication stored has the permission."""
        if self.permission is None:
            return
        if isinstance(caller, Exception):
            raise caller
        if not isinstance(caller, Principal):
            raise CredentialsMissing
        if not caller.may(self.permission):
            raise PermissionMissing(self.permission)


def requires(permission: str) -> PermissionGuard:
    """Require this permission; raises ValueError when no role or key can have it."""
    known = KEY_SCOPES.union(*PERMISSIONS.values())
    if permission not in known:
        message = f"no role has the permission {permission!r}"
        raise ValueError(message)
    return PermissionGuard(permission)


def public() -> PermissionGuard:
    """Declare the route public."""
    return PermissionGuard(None)


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Return the caller to a handler; the guard has checked that there is one."""
    principal: Principal = request.scope["state"]["caller"]
    return principal


def guard_of(handler: BaseRouteHandler) -> PermissionGuard:
    """Return the one permission guard of a route; raises RouteUndeclared."""
    guards = [
        guard
        for guard in handler.resolve_guards()
        if isinstance(guard, PermissionGuard)
    ]
    if len(guards) != 1:
        raise RouteUndeclared(f"{handler}")
    return guards[0]


def permission_of(handler: BaseRouteHandler) -> str | None:
    """Return the permission of a route, None if public; raises RouteUndeclared."""
    return guard_of(handler).permission


def check_declared(app: Litestar) -> None:
    """Raise RouteUndeclared for the first route without exactly one guard."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    permission_of(handler)
