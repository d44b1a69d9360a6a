"""The compared programs on the same rows: ours, variants of ours, the peers."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
from msgspec import Struct

from bench.cores import on_core
from bench.services import (
    ServiceMissing,
    Services,
    free_port,
    running,
    wait_for_port,
)
from bench.work import KEY_NAME, Cast, gather_cast

POOL = 20
OURS, ONE_INSERT, PEER, CEILING = "holdfast", "one-insert", "fastapi", "bare"
_OF_OURS = {OURS: "api", ONE_INSERT: "bench.variants.one_insert"}
_KEPT = """
CREATE TABLE peer_events (
    id uuid PRIMARY KEY, organization uuid NOT NULL, client_id text NOT NULL,
    type text NOT NULL, tool text, actor text, occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL, properties jsonb NOT NULL,
    UNIQUE (organization, client_id));
INSERT INTO peer_events SELECT id, organization_id, client_id, type, tool, actor,
    occurred_at, received_at, properties FROM events;
CREATE INDEX ON peer_events (organization, occurred_at, id);
CREATE TABLE peer_sessions (
    digest bytea PRIMARY KEY, user_id uuid NOT NULL,
    created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
ANALYZE"""


class Subject(Struct, frozen=True):
    """One running program; `pid` is the root of its processes."""

    name: str
    port: int
    pid: int


class Stage(Struct, frozen=True):
    """All subjects; `helpers` are the ids of our other processes."""

    subjects: list[Subject]
    cast: Cast
    services: Services
    settings: dict[str, str]
    helpers: tuple[int, ...] = ()

    def subject(self, name: str) -> Subject:
        """Return the subject of this name."""
        return next(one for one in self.subjects if one.name == name)


@contextmanager
def stand_up(services: Services, folder: Path, peers: Path) -> Iterator[Stage]:
    """Migrate, start ours and the peers, and fill in the same events.

    `peers` is the interpreter of the peers. Ours exports its sampled traces to a
    collector that discards them. Raises ServiceMissing.
    """
    key = secrets.token_bytes(32)
    environment = our_settings(services, key)
    migrate(environment, services.password)
    with ExitStack() as stack:
        sink, tracing = stack.enter_context(serve_sink(folder))
        environment |= tracing
        ours = [
            stack.enter_context(serve_ours(name, environment, folder))
            for name in _OF_OURS
        ]
        cast = gather_cast(f"http://127.0.0.1:{ours[0].port}", key)
        with psycopg.connect(services.dsn, autocommit=True) as connection:
            connection.execute(_KEPT)
        bare = stack.enter_context(serve_bare(services, cast, folder))
        orm = stack.enter_context(serve_orm(services, key, peers, folder))
        everybody = [*ours, bare, orm]
        yield Stage(everybody, cast, services, environment, (sink,))


@contextmanager
def serve_sink(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Run a collector; yield its process id and the settings that export to it."""
    port = free_port()
    command = [sys.executable, "-m", "bench.sink", str(port)]
    with running(command, folder / "sink.log") as process:
        wait_for_port(port)
        yield (
            process.pid,
            {
                "HOLDFAST_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
                "HOLDFAST_TRACE_SHARE": "0.01",
            },
        )


@contextmanager
def serve_ours(name: str, settings: dict[str, str], folder: Path) -> Iterator[Subject]:
    """Run our API, or a variant of it, until the block ends."""
    port = free_port()
    bound = {
        "HOLDFAST_BIND": f"127.0.0.1:{port}",
        "HOLDFAST_METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    command = [sys.executable, "-m", _OF_OURS[name]]
    with on_core(command, folder / f"{name}.log", settings | bound) as process:
        wait_for_port(port)
        ready = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=10)
        if ready.is_error:
            raise ServiceMissing(f"our API is not ready: {ready.text[:300]}")
        yield Subject(name, port, process.pid)


@contextmanager
def serve_bare(services: Services, cast: Cast, folder: Path) -> Iterator[Subject]:
    """Run the ceiling, which compares two fixed tokens."""
    port = free_port()
    members = (cast.reader, cast.writer)
    known = ",".join(f"{one.token}={one.organization}" for one in members)
    command = [sys.executable, "-m", "bench.peers.bare", str(port)]
    settings = {
        "BENCH_DSN": services.dsn,
        "BENCH_MEMBERS": known,
        "BENCH_POOL": str(POOL),
    }
    with on_core(command, folder / "bare.log", settings) as process:
        wait_for_port(port)
        yield Subject(CEILING, port, process.pid)


@contextmanager
def serve_orm(
    services: Services, key: bytes, python: Path, folder: Path
) -> Iterator[Subject]:
    """Run FastAPI on uvicorn with uvloop and httptools, in the peers' environment."""
    port = free_port()
    command = [str(python), "-m", "uvicorn", "bench.peers.orm.main:app"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command += ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    settings = {
        "BENCH_DSN": services.dsn.replace("postgresql:", "postgresql+asyncpg:"),
        "BENCH_KEY": base64.b64encode(key).decode(),
        "BENCH_POOL": str(POOL),
    }
    with on_core(command, folder / "fastapi.log", settings) as process:
        wait_for_port(port)
        yield Subject(PEER, port, process.pid)


def our_settings(services: Services, key: bytes) -> dict[str, str]:
    """Return the environment of the API and the workers."""
    return {
        "HOLDFAST_ENVIRONMENT": "local",
        "HOLDFAST_INSTANCE": "bench",
        "HOLDFAST_DATABASE_HOSTS": f"127.0.0.1:{services.postgres_port}",
        "HOLDFAST_DATABASE_NAME": "holdfast",
        "HOLDFAST_DATABASE_USER": "holdfast_api",
        "HOLDFAST_DATABASE_PASSWORD": services.password,
        "HOLDFAST_POOL_MAX": str(POOL),
        "HOLDFAST_BROKER_URL": services.redis_url,
        "HOLDFAST_CACHE_URL": services.redis_url,
        "HOLDFAST_TOKEN_KEYS": f"{KEY_NAME}:{base64.b64encode(key).decode()}",
        "HOLDFAST_LOG_LEVEL": "WARNING",
    }


def migrate(settings: dict[str, str], password: str) -> None:
    """Create roles, database and schema; raises ServiceMissing."""
    roles = ("OWNER", "API", "WORKER", "MONITOR")
    passwords = {f"HOLDFAST_{role}_PASSWORD": password for role in roles}
    for command, user in (("bootstrap", "postgres"), ("forwards", "holdfast_owner")):
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "api.migrate", command],
            env=os.environ | settings | passwords | {"HOLDFAST_DATABASE_USER": user},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            said = (ended.stdout + ended.stderr).strip()
            raise ServiceMissing(f"migrate {command}: {said[-500:]}")
