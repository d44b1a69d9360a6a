"""The API, relay and worker as processes, and a real collector."""

import base64
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct, structs

from api.kernel import roles
from api.migrate import bootstrap, forwards
from api.settings import Settings
from local.postgres import SUPERUSER
from tests.conftest import PASSWORD, connect_superuser, free_port, wait_for
from tests.tracing.collector import Collector
from tests.tracing.receiver import Receiver
from tests.workers.programs import Program

DATABASE = "holdfast_traces_under_test"
API = ("-m", "api")
RELAY = ("-m", "workers", "relay")
WORKER = ("-m", "workers")


class Programs:
    """Starts the programs on the database of these tests, and stops them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.started: list[Program] = []
        key = base64.b64encode(settings.token_keys[0].secret).decode()
        self.environment = {
            "HOLDFAST_DATABASE_HOSTS": ",".join(map(str, settings.database_hosts)),
            "HOLDFAST_DATABASE_NAME": settings.database_name,
            "HOLDFAST_DATABASE_PASSWORD": settings.database_password,
            "HOLDFAST_BROKER_URL": settings.broker_url,
            "HOLDFAST_CACHE_URL": settings.cache_url,
            "HOLDFAST_TOKEN_KEYS": f"one:{key}",
            "HOLDFAST_POOL_MIN": "1",
            "HOLDFAST_LEASE_SECONDS": "30",
            "HOLDFAST_TRACE_SHARE": "0",
            "HOLDFAST_OTLP_ENDPOINT": "",
            "HOLDFAST_SENTRY_DSN": "",
        }

    def start(self, module: tuple[str, ...], name: str, **settings: str) -> Program:
        """Start one program; `settings` are HOLDFAST_… variables without the prefix."""
        own = {f"HOLDFAST_{key}": value for key, value in settings.items()}
        user = roles.API if module == API else roles.WORKER
        program = Program(
            [sys.executable, *module],
            self.environment
            | {"HOLDFAST_INSTANCE": name, "HOLDFAST_DATABASE_USER": user}
            | own,
            self.folder / f"{len(self.started)}-{name}.log",
        )
        self.started.append(program)
        return program

    async def api(self, name: str, **settings: str) -> "Running":
        """Start an API and wait until it serves."""
        bind, metrics = (f"127.0.0.1:{free_port()}" for _ in range(2))
        program = self.start(API, name, BIND=bind, METRICS_BIND=metrics, **settings)
        running = Running(f"http://{bind}", f"http://{metrics}/metrics", program)
        await wait_for(running.is_ready)
        return running

    def end(self) -> None:
        """Stop all programs; kill those that do not end."""
        for program in self.started:
            if program.process.poll() is None:
                program.signal(signal.SIGTERM)
        for program in self.started:
            with contextlib.suppress(Exception):
                program.process.wait(15)
            program.kill()


class Running(Struct, frozen=True):
    """A serving API and its address."""

    url: str
    metrics: str
    program: Program

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient() as web:
            try:
                answer = await web.get(f"{self.url}/health/ready")
            except httpx.TransportError:
                return False
        return answer.status_code == 200


class Stage(Struct, frozen=True):
    """The running platform: its API, and the address of its worker's metrics."""

    api: Running
    worker_metrics: str


@pytest.fixture(scope="session")
def collector(tmp_path_factory) -> Iterator[Collector]:
    """A listening collector."""
    collector = Collector(tmp_path_factory.mktemp("collector"))
    with collector.running():
        yield collector


@pytest_asyncio.fixture(scope="session")
async def traced_settings(settings: Settings, primary) -> AsyncIterator[Settings]:
    """A separate database: a worker here must not run other tests' jobs."""
    own = structs.replace(settings, database_name=DATABASE)
    passwords = roles.Passwords(PASSWORD, PASSWORD, PASSWORD, PASSWORD)
    await bootstrap(structs.replace(own, database_user=SUPERUSER), passwords)
    await forwards(structs.replace(own, database_user=roles.OWNER))
    yield structs.replace(own, database_hosts=(primary.address,), replica_hosts=())


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """A receiver of crash reports."""
    receiver = Receiver()
    with receiver.listening():
        yield receiver


@pytest_asyncio.fixture(scope="session")
async def stage(
    traced_settings: Settings, collector, receiver, tmp_path_factory
) -> AsyncIterator["Stage"]:
    """API, relay and worker that report to collector and receiver."""
    programs = Programs(traced_settings, tmp_path_factory.mktemp("stage"))
    told = {"OTLP_ENDPOINT": collector.endpoint, "SENTRY_DSN": receiver.dsn}
    worker = f"127.0.0.1:{free_port()}"
    try:
        api = await programs.api("api-7", **told)
        programs.start(RELAY, "relay-7", **told)
        programs.start(WORKER, "worker-7", METRICS_BIND=worker, **told)
        yield Stage(api, f"http://{worker}/metrics")
    finally:
        programs.end()


@pytest.fixture
def programs(traced_settings: Settings, tmp_path) -> Iterator[Programs]:
    """A starter of programs, which end with the test."""
    programs = Programs(traced_settings, tmp_path)
    yield programs
    programs.end()


@pytest_asyncio.fixture
async def onlooker(traced_settings: Settings):
    """A connection to the database of these tests that bypasses row-level security."""
    connection = await connect_superuser(traced_settings.database_hosts[0], DATABASE)
    yield connection
    await connection.close()
