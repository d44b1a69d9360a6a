"""The whole application in this process, and registered users."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct

from api.app import Application, create_app
from api.kernel import caching, database, logs
from api.settings import Settings

PASSPHRASE = "canary passphrase of a person"


class Account(Struct):
    """A new user with their own organization, logged in."""

    user: str
    organization: str
    email: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of this user's requests."""
        return {"Authorization": f"Bearer {self.token}"}


@contextlib.asynccontextmanager
async def live_through(application: Application) -> AsyncIterator[None]:
    """Run an application's lifespan in one task, as it requires."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.litestar.lifespan():
            started.set()
            await ended.wait()

    life = asyncio.create_task(live())
    await asyncio.wait(
        {life, asyncio.create_task(started.wait())},
        return_when=asyncio.FIRST_COMPLETED,
    )
    if life.done():
        life.result()
    yield
    ended.set()
    await life


@pytest_asyncio.fixture(scope="session")
async def app(settings: Settings):
    """The whole application, started, in this process."""
    logs.configure(level="INFO", instance="test")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    application = create_app(settings)
    async with live_through(application):
        yield application


@pytest_asyncio.fixture(scope="session")
async def client(app):
    """An HTTP client of the application."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://holdfast.test"
    ) as opened:
        yield opened


@pytest.fixture
def running(app):
    """Return a function that runs another application, then restores this one."""

    @contextlib.asynccontextmanager
    async def run(other: Application) -> AsyncIterator[None]:
        before = database.handle(), caching.handle()
        async with live_through(other):
            yield
        database.use(before[0])
        caching.use(before[1])

    assert app is not None
    return run


@pytest.fixture
def passphrase() -> str:
    """The password of every registered user."""
    return PASSPHRASE


@pytest.fixture
def register(client):
    """Register a new user; every test uses its own organization."""

    async def register_account(name: str = "Ada") -> Account:
        email = f"{secrets.token_hex(8)}@example.com"
        answer = await client.post(
            "/api/v1/auth/register",
            json={"email": email, "password": PASSPHRASE, "name": name},
        )
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Account(
            user=body["user"]["id"],
            organization=body["organization"]["id"],
            email=email,
            token=body["access_token"],
            refresh_token=body["refresh_token"],
        )

    return register_account


@pytest_asyncio.fixture
async def account(register):
    """A new user."""
    return await register()
