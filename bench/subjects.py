"""The programs under comparison: ours and the peers, on the same services."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from msgspec import Struct

from bench.services import (
    ServiceMissing,
    Services,
    free_port,
    running,
    wait_for_port,
)
from bench.work import Member, join

_SERVER_CORE = 0


class Subject(Struct, frozen=True):
    """One program that serves both routes, ready to be asked."""

    name: str
    port: int
    pid: int
    list_path: str
    ingest_path: str
    token: str


@contextmanager
def stand_up(services: Services, folder: Path) -> Iterator[list[Subject]]:
    """Migrate, start our API and the bare peer, and fill in the same events.

    Raises ServiceMissing.
    """
    settings = our_settings(services)
    migrate(settings, services.password)
    with ExitStack() as stack:
        ours, port = start(stack, [sys.executable, "-m", "api"], settings, folder)
        member = join(f"http://127.0.0.1:{port}")
        dsn = f"postgresql://postgres:{services.password}@127.0.0.1"
        dsn += f":{services.postgres_port}/holdfast"
        bare_port = free_port()
        command = [sys.executable, "-m", "bench.peers.bare", str(bare_port), dsn]
        command += [member.token, member.organization]
        bare = stack.enter_context(on_core(command, folder / "bare.log", {}))
        wait_for_port(bare_port)
        yield [
            subject("bare", bare_port, bare.pid, member),
            subject("holdfast", port, ours.pid, member),
        ]


def start(
    stack: ExitStack, command: list[str], settings: dict[str, str], folder: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """Start our API and wait until it is ready."""
    port = free_port()
    bound = {
        "HOLDFAST_BIND": f"127.0.0.1:{port}",
        "HOLDFAST_METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    log = folder / "holdfast.log"
    process = stack.enter_context(on_core(command, log, settings | bound))
    wait_for_port(port)
    ready = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=10)
    if ready.is_error:
        raise ServiceMissing(f"our API is not ready: {ready.text[:300]}")
    return process, port


def subject(name: str, port: int, pid: int, member: Member) -> Subject:
    return Subject(
        name=name,
        port=port,
        pid=pid,
        list_path="/api/v1/events?limit=50",
        ingest_path="/api/v1/events",
        token=member.token,
    )


def our_settings(services: Services) -> dict[str, str]:
    """What the API reads from its environment."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "HOLDFAST_ENVIRONMENT": "local",
        "HOLDFAST_INSTANCE": "bench",
        "HOLDFAST_DATABASE_HOSTS": f"127.0.0.1:{services.postgres_port}",
        "HOLDFAST_DATABASE_NAME": "holdfast",
        "HOLDFAST_DATABASE_USER": "holdfast_api",
        "HOLDFAST_DATABASE_PASSWORD": services.password,
        "HOLDFAST_BROKER_URL": services.redis_url,
        "HOLDFAST_CACHE_URL": services.redis_url,
        "HOLDFAST_TOKEN_KEYS": f"bench:{key}",
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


@contextmanager
def on_core(
    command: list[str], log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on a core of its own where there are two: children inherit it."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        os.sched_setaffinity(0, {sorted(allowed)[_SERVER_CORE]})
    with ExitStack() as stack:
        try:
            process = stack.enter_context(running(command, log, environment))
        finally:
            os.sched_setaffinity(0, allowed)
        yield process
