"""The program in one look: the slices, what they work with, what wraps them."""

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
from api.edge.drain import Drain
from api.edge.envelope import Envelope
from api.edge.health import Checks, HealthController
from api.edge.permissions import check_declared, provide_principal
from api.edge.pool_gauges import watch_pools
from api.edge.shortcuts import Shortcuts
from api.events.controller import EventController
from api.events.counts_controller import CountController
from api.events.service import ingestion
from api.identity.claims import Authenticator
from api.identity.controller import (
    ApiKeyController,
    AuthController,
    ProfileController,
)
from api.identity.desk import Desk
from api.identity.passwords import Passwords
from api.identity.tokens import KeyRing
from api.kernel import caching, clock, database, idempotency, paging, redis_health
from api.kernel.clock import Clock
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
    """The ASGI application, and what its host and its tests need of its inside."""

    asgi: ASGIApp
    litestar: Litestar
    desk: Desk
    drain: Drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the program."""
        await self.asgi(scope, receive, send)


def create_app(settings: Settings, *, now: Clock = clock.now) -> Application:
    """Put the program together; connects to nothing before its lifespan starts.

    Raises RouteUndeclared when a route does not say who may call it.
    """
    desk = _make_desk(settings, now)
    drain = Drain()
    tools = {
        "principal": Provide(provide_principal, sync_to_thread=False),
        "desk": _constant(desk),
        "clock": _constant(now),
        "checks": _constant(_make_checks(settings, drain)),
    }
    litestar = Litestar(
        route_handlers=[*_routes(), documentation.DocumentationController],
        dependencies=tools,
        exception_handlers={Exception: problems.answer},
        lifespan=[partial(_live, settings, desk)],
        openapi_config=None,
        logging_config=None,
        state=State({"contract": documentation.describe(_routes(), tools)}),
    )
    check_declared(litestar)
    routes = Shortcuts(litestar, clock=now)
    inside = Authentication(routes, verify=desk.authenticator.verify)
    return Application(Envelope(BodyLimit(inside)), litestar, desk, drain)


def _routes() -> list[ControllerRouterHandler]:
    return [Router("/api/v1", route_handlers=SLICES), HealthController]


@asynccontextmanager
async def _live(settings: Settings, desk: Desk, _: Litestar) -> AsyncGenerator[None]:
    """Open what the program holds, and close it in the opposite order."""
    pools, cache = database.Database(settings), caching.Cache(settings.cache_url)
    secrets = [key.secret for key in settings.token_keys]
    paging.use(secrets)
    idempotency.use(secrets)
    caching.use(cache)
    database.use(pools)
    watch_pools(pools)
    await pools.start()
    try:
        yield
    finally:
        await ingestion.groups.drain()
        desk.passwords.stop()
        await pools.stop()
        await cache.stop()


def _make_desk(settings: Settings, now: Clock) -> Desk:
    ring = KeyRing(settings.token_keys, audience=f"holdfast-api:{settings.environment}")
    return Desk(
        ring=ring,
        passwords=Passwords(),
        authenticator=Authenticator(ring, clock=now),
        clock=now,
        environment=settings.environment,
    )


def _make_checks(settings: Settings, drain: Drain) -> Checks:
    return Checks(
        needed={"database": _ask_database},
        helpful={
            "broker": partial(redis_health.ping, settings.broker_url),
            "cache": partial(redis_health.ping, settings.cache_url),
        },
        drain=drain,
    )


async def _ask_database() -> None:
    async with reading(None) as connection:
        await connection.fetchval("SELECT 1")


def _constant(value: Any) -> Provide:  # noqa: ANN401 - a tool of any type
    return Provide(lambda: value, sync_to_thread=False, use_cache=True)
