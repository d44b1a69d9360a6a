"""The database's host fails under load: every request gets a 503 with Retry-After."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from msgspec import structs

from api.app import create_app
from api.kernel import roles
from tests.conftest import Server, prepare, settings_for, start_primary, wait_for

REQUESTS_AT_ONCE = 50
BUSY = 503

Send = Callable[[], Awaitable[httpx.Response]]
Kill = Callable[[Server], None]


def kill_host(server: Server) -> None:
    """Kill the server and all backends at once, so that clients get no last message."""
    server.kill()


def kill_process(server: Server) -> None:
    """Kill only the server process: its backends notice and send a last message."""
    server.process.kill()


@pytest_asyncio.fixture
async def throwaway(tmp_path) -> AsyncIterator[Server]:
    """A migrated leader without a standby, so without a failover."""
    server = await start_primary(tmp_path / "leader")
    try:
        await prepare(server)
        yield server
    finally:
        server.kill()


@pytest.fixture
def application(throwaway, settings):
    """An application that uses only this database."""
    own = structs.replace(
        settings_for(throwaway, user=roles.API),
        token_keys=settings.token_keys,
        cache_url=settings.cache_url,
    )
    return create_app(own)


@pytest_asyncio.fixture
async def senders(application, running, passphrase):
    """Functions that send requests to the application."""
    transport = httpx.ASGITransport(application)
    async with (
        running(application),
        httpx.AsyncClient(transport=transport, base_url="http://holdfast.test") as one,
    ):
        registered = await one.post(
            "/api/v1/auth/register",
            json={"email": "a@example.com", "password": passphrase, "name": "Ada"},
        )
        one.headers["Authorization"] = f"Bearer {registered.json()['access_token']}"
        yield _ways_to_ask(one)


def _ways_to_ask(client: httpx.AsyncClient) -> list[Send]:
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
    key = {"name": "importer", "scopes": ["events:read"]}

    def event() -> dict[str, str]:
        at = now.isoformat()
        return {"client_id": str(uuid4()), "type": "note.created", "occurred_at": at}

    def repeatable() -> dict[str, str]:
        return {"Idempotency-Key": str(uuid4())}

    return [
        lambda: client.post("/api/v1/events", json=event()),
        lambda: client.post("/api/v1/events/batch", json={"events": [event()]}),
        lambda: client.get("/api/v1/events"),
        lambda: client.get("/api/v1/events/rollups", params=span),
        lambda: client.post("/api/v1/events/reports", json=span, headers=repeatable()),
        lambda: client.get("/api/v1/me"),
        lambda: client.patch("/api/v1/me", json={"name": "Ada"}),
        lambda: client.post("/api/v1/api-keys", json=key, headers=repeatable()),
        lambda: client.get("/api/v1/organizations"),
        lambda: client.get("/health/ready"),
    ]


async def _ask_until_refused(
    send: Send, served: list[httpx.Response], killed: asyncio.Event
) -> int:
    """Send requests until one reports the loss; a busy machine may refuse earlier."""
    while True:
        answer = await send()
        if answer.is_success:
            served.append(answer)
        elif killed.is_set() or answer.status_code != BUSY:
            return answer.status_code


@pytest.mark.parametrize("kill", [kill_host, kill_process])
async def test_every_request_in_progress_gets_503_and_none_500(
    throwaway, senders, kill
):
    served: list[httpx.Response] = []
    ways = itertools.islice(itertools.cycle(senders), REQUESTS_AT_ONCE)
    killed = asyncio.Event()
    asking = [
        asyncio.create_task(_ask_until_refused(way, served, killed)) for way in ways
    ]

    async def is_busy() -> bool:
        return len(served) >= 4 * REQUESTS_AT_ONCE

    await wait_for(is_busy)
    kill(throwaway)
    killed.set()
    async with asyncio.timeout(10):
        heard = Counter(await asyncio.gather(*asking))

    assert heard == {BUSY: REQUESTS_AT_ONCE}
