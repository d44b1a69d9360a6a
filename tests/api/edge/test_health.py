"""Liveness checks no dependency; readiness checks each and reports the reason."""

import contextlib
from typing import Any

import httpx
import pytest_asyncio
from msgspec import structs

from api.app import create_app
from api.settings import Address

NOWHERE = Address("127.0.0.1", 1)


@pytest_asyncio.fixture
async def visit(settings, running):
    """Return a function that runs an application with some settings changed."""

    @contextlib.asynccontextmanager
    async def open_client(**changes):
        application = create_app(structs.replace(settings, **changes))
        asgi: Any = application.asgi
        async with (
            running(application),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(asgi),
                base_url="http://holdfast.test",
            ) as client,
        ):
            yield application, client

    return open_client


async def test_all_dependencies_are_up(client):
    answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert set(answer.json()["dependencies"]) == {"database", "broker", "cache"}


async def test_without_redis_the_instance_is_ready_and_degraded_with_a_reason(visit):
    away = f"redis://{NOWHERE}/0"
    async with visit(broker_url=away, cache_url=away) as (_, client):
        answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["dependencies"]["cache"]["state"] == "down"
    assert answer.json()["dependencies"]["cache"]["why"]


async def test_without_the_database_the_instance_is_live_and_not_ready(visit):
    async with visit(database_hosts=(NOWHERE,), replica_hosts=()) as (_, client):
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["dependencies"]["database"]["state"] == "down"
    assert ready.json()["dependencies"]["broker"]["state"] == "up"


async def test_without_the_database_every_request_ends_soon_with_503(visit, account):
    body = {"email": account.email, "password": "12345678"}
    async with visit(database_hosts=(NOWHERE,), replica_hosts=()) as (_, client):
        answers = [
            await client.post("/api/v1/auth/login", json=body),
            await client.post("/api/v1/auth/register", json=body | {"name": "x"}),
            await client.get("/api/v1/me", headers=account.headers),
            await client.get("/api/v1/events", headers=account.headers),
        ]

    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.elapsed.total_seconds() < 5


async def test_an_instance_that_shuts_down_is_not_ready(visit):
    async with visit() as (application, client):
        application.drain.begin()
        answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
