"""Composition of the application: slices, dependencies and middleware."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send
from msgspec import Struct

from api import problems
from api.edge import documentation
from api.edge.authentication import Authentication
from api.edge.body_limit import BodyLimit
from api.edge.fast_routes import FastRoutes
from api.edge.health import Drain, HealthChecks, HealthController
from api.edge.permissions import check_declared, provide_principal
from api.edge.request_middleware import RequestMiddleware
from api.events import writes
from api.events.controller import EventController
from api.events.counts_controller import CountController
from api.identity.controller import (
    ApiKeyController,
    AuthController,
    ProfileController,
)
from api.identity.credential_cache import Authenticator
from api.identity.dependencies import AuthServices
from api.identity.passwords import Passwords
from api.identity.tokens import KeyRing
from api.kernel import caching, clock, database, idempotency, paging, redis_pipeline
from api.kernel.clock import Clock
from api.kernel.metrics import export_pool
from api.kernel.transactions import reading
from api.organizations.controller import MemberController, OrganizationController
from api.settings import Settings

SLICES = (
    AuthController,
    ProfileController,
    ApiKeyController,
    OrganizationController,
    MemberController,
    CountController,
    EventController,
)


class Application(Struct, frozen=True):
    """The ASGI application, and the parts that the server and tests use."""

    asgi: ASGIApp
    litestar: Litestar
    auth: AuthServices
    drain: Drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of the process."""
        await self.asgi(scope, receive, send)


def create_app(settings: Settings, *, now: Clock = clock.now) -> Application:
    """Build the application; it connects to nothing before its lifespan starts.

    Raises RouteUndeclared when a route declares neither a permission nor public access.
    """
    auth = _make_auth_services(settings, now)
    drain = Drain()
    dependencies = {
        "principal": Provide(provide_principal, sync_to_thread=False),
        "auth": _constant(auth),
        "membership_changed": _constant(auth.forget_user),
        "clock": _constant(now),
        "checks": _constant(_make_checks(settings, drain)),
    }
    litestar = Litestar(
        route_handlers=[*_routes(), documentation.DocumentationController],
        dependencies=dependencies,
        exception_handlers={Exception: problems.handle_exception},
        lifespan=[partial(_lifespan, settings, auth)],
        openapi_config=None,
        logging_config=None,
        state=State({"contract": documentation.describe(_routes(), dependencies)}),
    )
    check_declared(litestar)
    routes = FastRoutes(litestar, clock=now)
    authenticated = Authentication(routes, verify=auth.authenticator.verify)
    return Application(
        RequestMiddleware(BodyLimit(authenticated)), litestar, auth, drain
    )


def _routes() -> list[ControllerRouterHandler]:
    return [Router("/api/v1", route_handlers=SLICES), HealthController]


@asynccontextmanager
async def _lifespan(
    settings: Settings, auth: AuthServices, _: Litestar
) -> AsyncGenerator[None]:
    """Open pools and cache, and close them in the opposite order."""
    pools, cache = database.Database(settings), caching.Cache(settings.cache_url)
    secrets = [key.secret for key in settings.token_keys]
    paging.use(secrets)
    idempotency.use(secrets)
    caching.use(cache)
    database.use(pools)
    for pool in (pools.primary, pools.replica):
        if pool is not None:
            export_pool(pool)
    await pools.start()
    try:
        yield
    finally:
        await writes.event_writer.drain()
        auth.passwords.stop()
        await pools.stop()
        await cache.stop()


def _make_auth_services(settings: Settings, now: Clock) -> AuthServices:
    ring = KeyRing(settings.token_keys, audience=f"holdfast-api:{settings.environment}")
    return AuthServices(
        ring=ring,
        passwords=Passwords(),
        authenticator=Authenticator(ring, clock=now),
        clock=now,
        environment=settings.environment,
    )


def _make_checks(settings: Settings, drain: Drain) -> HealthChecks:
    return HealthChecks(
        required={"database": _check_database},
        optional={
            "broker": partial(redis_pipeline.ping, settings.broker_url),
            "cache": partial(redis_pipeline.ping, settings.cache_url),
        },
        drain=drain,
    )


async def _check_database() -> None:
    async with reading(None) as connection:
        await connection.fetchval("SELECT 1")


def _constant(value: Any) -> Provide:  # noqa: ANN401 - a dependency of any type
    return Provide(lambda: value, sync_to_thread=False, use_cache=True)
