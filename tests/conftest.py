"""Real services for every test: Postgres with a standby, two Redis servers.

They start once a session, on free ports, under the session's temporary folder, and
end with it. Tests keep apart by making a new organization each, never by emptying.
"""

import asyncio
import base64
import contextlib
import secrets
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import pytest_asyncio
from msgspec import Struct, structs

from api.kernel import database, roles
from api.migrate import bootstrap, forwards
from api.settings import Address, Settings, TokenKey
from local.binaries import find_binaries
from local.postgres import (
    SUPERUSER,
    base_backup_command,
    initdb_command,
    passfile_line,
    server_command,
)
from local.redis import BROKER, CACHE, redis_command, redis_configuration

PASSWORD = "canary-database-password"
_READY_SECONDS = 30
_FAST = {
    "fsync": "off",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    # A killed server would leave its segments in /dev/shm; these go with its folder.
    "dynamic_shared_memory_type": "mmap",
}


class Server(Struct):
    """A Postgres that a test may also kill."""

    folder: Path
    address: Address
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it at once, backends and all, as a lost host would."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and each of its backends, the server first."""
        with contextlib.suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.process.pid)
            for one in (server, *server.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(number)

    async def promote(self) -> None:
        """Make this standby the leader."""
        connection = await connect_superuser(self.address)
        await connection.execute("SELECT pg_promote(true, 10)")
        await connection.close()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def connect_superuser(address: Address, name: str = "postgres"):
    """Connect past all row-level security, to look at what is really there."""
    return await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=SUPERUSER,
        password=PASSWORD,
        database=name,
    )


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, process_group=0)


def _serve(folder: Path) -> Server:
    port = free_port()
    command = server_command(
        find_binaries().postgres, data=folder, port=port, settings=_FAST
    )
    process = _spawn(command, folder.with_suffix(".log"))
    return Server(folder, Address("127.0.0.1", port), process)


async def wait_for(
    ready: Callable[[], Awaitable[Any]], *, seconds: float = _READY_SECONDS
):
    """Poll until `ready` returns something true without an error; return it."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        problem = "it said no"
        try:
            if outcome := await ready():
                return outcome
        except (OSError, asyncpg.PostgresError) as error:
            problem = repr(error)
        if asyncio.get_running_loop().time() > deadline:
            message = f"not within {seconds} s: {problem}"
            raise TimeoutError(message)
        await asyncio.sleep(0.05)


async def start_primary(folder: Path) -> Server:
    """Create a cluster in `folder` and serve it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    password_file = folder.with_suffix(".password")
    password_file.write_text(PASSWORD)
    passfile = folder.parent / "pgpass"
    passfile.write_text(passfile_line(PASSWORD))
    passfile.chmod(0o600)
    binaries = find_binaries().postgres
    command = initdb_command(binaries, data=folder, password_file=password_file)
    creation = [*command, "--no-sync"]
    await asyncio.to_thread(subprocess.run, creation, check=True, capture_output=True)
    server = _serve(folder)
    connection = await wait_for(lambda: connect_superuser(server.address))
    await connection.close()
    return server


async def start_standby(primary: Server, folder: Path) -> Server:
    """Copy the primary into `folder` and serve the copy as a streaming standby."""
    command = base_backup_command(
        find_binaries().postgres,
        data=folder,
        primary_port=primary.address.port,
        passfile=primary.folder.parent / "pgpass",
    )
    backup = [*command, "--no-sync"]
    await asyncio.to_thread(subprocess.run, backup, check=True, capture_output=True)
    server = _serve(folder)
    connection = await wait_for(lambda: connect_superuser(server.address))
    await connection.close()
    return server


async def prepare(primary: Server) -> None:
    """Bring the cluster up to date, as an operator would."""
    passwords = roles.Passwords(PASSWORD, PASSWORD, PASSWORD, PASSWORD)
    await bootstrap(settings_for(primary, user=SUPERUSER), passwords)
    await forwards(settings_for(primary, user=roles.OWNER))


def settings_for(*servers: Server, user: str) -> Settings:
    """Return the settings of a program that logs in as `user`."""
    return Settings(
        database_hosts=tuple(server.address for server in servers),
        database_user=user,
        database_password=PASSWORD,
        pool_min=0,
    )


@pytest_asyncio.fixture(scope="session")
async def primary(tmp_path_factory) -> AsyncIterator[Server]:
    """A migrated leader."""
    server = await start_primary(tmp_path_factory.mktemp("postgres") / "primary")
    try:
        await prepare(server)
        yield server
    finally:
        server.kill()


@pytest_asyncio.fixture(scope="session")
async def standby(primary: Server) -> AsyncIterator[Server]:
    """A standby that streams from the leader."""
    server = await start_standby(primary, primary.folder.parent / "standby")
    yield server
    server.kill()


@pytest_asyncio.fixture
async def doomed(tmp_path) -> AsyncIterator[tuple[Server, Server]]:
    """A leader and its standby that a test may destroy."""
    leader = await start_primary(tmp_path / "leader")
    await prepare(leader)
    follower = await start_standby(leader, tmp_path / "follower")
    yield leader, follower
    leader.kill()
    follower.kill()


@pytest.fixture(scope="session")
def as_role() -> Callable[..., Settings]:
    """Return the settings of a program that logs in to some servers as a role."""
    return settings_for


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory) -> Iterator[str]:
    """The broker's Redis."""
    yield from _redis(tmp_path_factory.mktemp("broker"), BROKER)


@pytest.fixture(scope="session")
def cache_url(tmp_path_factory) -> Iterator[str]:
    """The cache's Redis."""
    yield from _redis(tmp_path_factory.mktemp("cache"), CACHE)


def _redis(folder: Path, kind: dict[str, str]) -> Iterator[str]:
    port, password = free_port(), secrets.token_hex(8)
    configuration = folder / "redis.conf"
    configuration.write_text(
        redis_configuration(folder=folder, port=port, password=password, settings=kind)
    )
    command = redis_command(find_binaries().redis_server, configuration=configuration)
    process = _spawn(command, folder / "log")
    while process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1),
        ):
            break
    yield f"redis://:{password}@127.0.0.1:{port}/0"
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def settings(
    primary: Server, standby: Server, broker_url: str, cache_url: str
) -> Settings:
    """What the API under test is configured with."""
    both = (primary.address, standby.address)
    return structs.replace(
        settings_for(primary, user=roles.API),
        database_hosts=both,
        replica_hosts=both,
        broker_url=broker_url,
        cache_url=cache_url,
        token_keys=(TokenKey("test1", base64.b64decode("dGVzdC1rZXkt" * 4)),),
    )


@pytest.fixture(scope="session")
def worker_settings(settings: Settings) -> Settings:
    """What a worker under test is configured with."""
    return structs.replace(settings, database_user=roles.WORKER, instance="worker")


@pytest_asyncio.fixture(scope="session")
async def api_database(settings: Settings) -> AsyncIterator[database.Database]:
    """The API's pools, in use for `transaction()` and `reading()`."""
    pools = database.Database(settings)
    await pools.start()
    database.use(pools)
    yield pools
    await pools.stop()


@pytest_asyncio.fixture
async def superuser(primary: Server):
    """A connection past all row-level security."""
    connection = await connect_superuser(primary.address, "holdfast")
    yield connection
    await connection.close()
