"""A database of jobs, and a broker that a test may kill, freeze or wipe."""

import asyncio
import contextlib
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import redis
from msgspec import structs

from api.kernel import database, outbox, roles
from api.kernel.transactions import transaction
from api.migrate import bootstrap, forwards
from api.settings import Settings
from local.binaries import find_binaries
from local.postgres import SUPERUSER
from local.redis import BROKER, redis_command, redis_configuration
from tests.conftest import (
    PASSWORD,
    connect_superuser,
    free_port,
    settings_for,
    wait_for,
)
from tests.workers.executing import BlockedJobs, make_executor
from tests.workers.programs import Start
from workers.delivery.broker import BlockingRedisBroker, open_broker

JOBS_DATABASE = "holdfast_jobs_under_test"

EFFECTS = """
CREATE TABLE IF NOT EXISTS effects (key text NOT NULL, attempt int NOT NULL);
CREATE TABLE IF NOT EXISTS starts (key text NOT NULL, pid int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp());
GRANT SELECT, INSERT ON effects, starts TO holdfast_worker, holdfast_api;
"""


class Redis:
    """A Redis server that a test may kill, freeze or wipe."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.password = uuid.uuid4().hex
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        self.configuration = folder / "redis.conf"
        self.configuration.write_text(
            redis_configuration(
                folder=folder, port=self.port, password=self.password, settings=BROKER
            )
        )
        self.client = redis.Redis.from_url(self.url, socket_timeout=2)
        self.start()

    def start(self) -> None:
        command = redis_command(
            find_binaries().redis_server, configuration=self.configuration
        )
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError):
                self.client.ping()
                return
        raise TimeoutError

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wipe(self) -> None:
        self.client.flushall()

    async def until_holding(self, count: int) -> None:
        """Wait until the default queue has this many messages."""

        async def is_reached() -> bool:
            return self.client.hlen("dramatiq:default.msgs") == count

        await wait_for(is_reached)


@pytest.fixture(scope="session")
def _redis(tmp_path_factory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("own-broker"))
    yield server
    server.client.close()
    server.kill()


@pytest.fixture
def broker_server(_redis: Redis) -> Redis:
    """An empty, running broker."""
    if _redis.process.poll() is not None:
        _redis.start()
    _redis.wipe()
    return _redis


@pytest.fixture
def broker(broker_server: Redis) -> Iterator[BlockingRedisBroker]:
    """Our broker at the running server."""
    broker = open_broker(broker_server.url)
    broker.declare_queue("default")
    yield broker
    broker.close()


@pytest_asyncio.fixture(scope="session")
async def _migrated(primary) -> Settings:
    passwords = roles.Passwords(PASSWORD, PASSWORD, PASSWORD, PASSWORD)
    own = structs.replace(settings_for(primary, user=""), database_name=JOBS_DATABASE)
    await bootstrap(structs.replace(own, database_user=SUPERUSER), passwords)
    await forwards(structs.replace(own, database_user=roles.OWNER))
    connection = await connect_superuser(primary.address, JOBS_DATABASE)
    await connection.execute(EFFECTS)
    await connection.close()
    return own


@pytest_asyncio.fixture
async def jobs(_migrated: Settings, primary, broker_server) -> AsyncIterator["Jobs"]:
    """The empty database of jobs, as a worker sees it, in use by `transaction()`."""
    settings = structs.replace(
        _migrated,
        database_user=roles.WORKER,
        broker_url=broker_server.url,
        instance="test",
        lease_seconds=3,
        sweep_seconds=0.5,
        relay_poll_seconds=0.3,
    )
    superuser = await connect_superuser(primary.address, JOBS_DATABASE)
    await superuser.execute("TRUNCATE jobs, schedules, effects, starts")
    async with pools_in_use(settings):
        yield Jobs(settings, superuser)
    await superuser.close()


@asynccontextmanager
async def pools_in_use(settings: Settings) -> AsyncIterator[None]:
    """Let `transaction()` use these settings during the block."""
    before: database.Database | None = None
    with contextlib.suppress(RuntimeError):
        before = database.handle()
    own = database.Database(settings)
    await own.start()
    database.use(own)
    try:
        yield
    finally:
        await own.stop()
        if before is not None:
            database.use(before)


class Jobs:
    """Reads the tables as superuser and waits for conditions."""

    def __init__(self, settings: Settings, superuser) -> None:
        self.settings = settings
        self.superuser = superuser

    async def row(self, job: uuid.UUID):
        return await self.superuser.fetchrow("SELECT * FROM jobs WHERE id = $1", job)

    async def value(self, sql: str, *arguments):
        return await self.superuser.fetchval(sql, *arguments)

    async def until(self, sql: str, *arguments, seconds: float = 30) -> None:
        """Wait until the query's first value is true."""
        deadline = time.monotonic() + seconds
        while not await self.superuser.fetchval(sql, *arguments):
            if time.monotonic() > deadline:
                rows = await self.superuser.fetch("SELECT * FROM jobs LIMIT 3")
                raise TimeoutError(sql, rows)
            await asyncio.sleep(0.02)

    async def until_done(self, count: int, seconds: float = 30) -> None:
        await self.until(
            "SELECT count(*) = $1 FROM jobs WHERE state = 'done'",
            count,
            seconds=seconds,
        )

    async def effects(self) -> dict[str, int]:
        rows = await self.superuser.fetch(
            "SELECT key, count(*) AS n FROM effects GROUP BY key"
        )
        return {row["key"]: row["n"] for row in rows}


@pytest.fixture
def start(jobs: Jobs, tmp_path: Path) -> Iterator[Start]:
    """Start programs against the jobs under test; all end with the test."""
    starter = Start(jobs.settings, tmp_path)
    yield starter
    for program in starter.programs:
        program.kill()


async def put(message, *, organization_id=None, **options) -> uuid.UUID:
    """Put a message in a transaction of its own."""
    async with transaction(organization_id):
        return await outbox.put(message, organization_id=organization_id, **options)


@pytest.fixture
async def blocked_jobs():
    """Jobs that run until they are released."""
    return BlockedJobs()


@pytest.fixture
async def executor(broker, blocked_jobs):
    """An executor of three jobs at once."""
    executor = make_executor(broker, blocked_jobs.run, size=3)
    yield executor
    blocked_jobs.release.set()
    assert await executor.finish(30)
