"""Authentication of a request by its Authorization header.

A failure is stored, and raised by the guard of a route that requires credentials. So a
stale token does not prevent logging in.
"""

from collections.abc import Awaitable, Callable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from api.kernel import context
from api.kernel.errors import Failure, Unauthenticated
from api.kernel.principals import Principal

Verify = Callable[[str], Awaitable[Principal]]


class SchemeUnknown(Unauthenticated):
    """The header is not of the form `Bearer <token>`."""

    def __init__(self) -> None:
        super().__init__("The Authorization header must be: Bearer <token>.")


class Authentication:
    """Stores a Principal, or the failure, in the state of the request."""

    def __init__(self, app: ASGIApp, *, verify: Verify) -> None:
        self._app = app
        self._verify = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate one request."""
        if scope["type"] == ScopeType.HTTP:
            for name, value in scope["headers"]:
                if name == b"authorization":
                    scope["state"]["caller"] = await self._caller(value)
                    break
        await self._app(scope, receive, send)

    async def _caller(self, header: bytes) -> Principal | Failure:
        scheme, _, token = header.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return SchemeUnknown()
        try:
            principal = await self._verify(token)
        except Failure as failure:
            return failure
        context.organization_id.set(principal.organization_id)
        return principal
