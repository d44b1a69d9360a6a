"""What the events tests share: a tenant each, the cache, events made to measure."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from api.events.schemas import EventRequest
from api.events.validation import accept
from api.events.writes import NewEvent
from api.kernel import caching, database, paging
from api.kernel.transactions import transaction

paging.use([base64.b64decode("dGVzdC1rZXkt" * 4)])


@pytest.fixture
def organization() -> UUID:
    """A tenant of its own for each test."""
    return uuid4()


@pytest.fixture
def now() -> datetime:
    """The time, as the API would read it."""
    return datetime.now(UTC)


@pytest_asyncio.fixture(scope="session")
async def cache(cache_url) -> AsyncIterator[caching.Cache]:
    """The cache in use; patient, for these tests are not about a busy machine."""
    cache = caching.Cache(cache_url, budget_seconds=5)
    caching.use(cache)
    yield cache
    await cache.stop()


@pytest_asyncio.fixture(scope="session")
async def platform(api_database, cache):  # noqa: ARG001 - only has to run
    """Everything that ingestion and the list need, running as the API's role."""
    return api_database


@pytest_asyncio.fixture
async def as_worker(platform, worker_settings):
    """Give a context manager: a transaction as the worker's role."""
    pools = database.Database(worker_settings)
    await pools.start()

    @asynccontextmanager
    async def enter(organization: UUID | None):
        database.use(pools)
        try:
            async with transaction(organization) as connection:
                yield connection
        finally:
            database.use(platform)

    yield enter
    await pools.stop()


def _request_of(client_id: str = "", **fields) -> EventRequest:
    fields.setdefault("type", "note.created")
    fields.setdefault("occurred_at", datetime.now(UTC) - timedelta(minutes=1))
    return EventRequest(client_id=client_id or str(uuid4()), **fields)


@pytest.fixture
def request_of():
    """Make an event that breaks no rule."""
    return _request_of


@pytest.fixture
def item_of(organization):
    """Make an accepted event of this tenant, or of `tenant`."""

    def make(client_id: str = "", *, tenant: UUID = organization, **fields) -> NewEvent:
        request = _request_of(client_id, **fields)
        item = accept(request, organization=tenant, now=datetime.now(UTC))
        assert isinstance(item, NewEvent)
        return item

    return make


@pytest.fixture
def body_of():
    """Make an event as a client sends it."""

    def make(client_id: str = "", **fields) -> bytes:
        return msgspec.json.encode(_request_of(client_id, **fields))

    return make


def _event(client_id: str = "", **fields) -> dict:
    return msgspec.to_builtins(_request_of(client_id, **fields))


@pytest.fixture
def event():
    """Make an event as a client would write it."""
    return _event


@pytest.fixture
def send(client, account):
    """Send one event, or raw bytes, as the account."""

    async def post(body, path="/api/v1/events", **headers):
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await client.post(
            path, content=content, headers={**account.headers, **headers}
        )

    return post


@pytest.fixture
def get(client, account):
    """Read something as the account."""

    async def read(path="/api/v1/events", params=None, **headers):
        return await client.get(
            path, params=params, headers={**account.headers, **headers}
        )

    return read


@pytest.fixture
def fields_of():
    """Take the names of the bad fields out of an answer."""
    return lambda answer: [one["field"] for one in answer.json()["error"]["details"]]
