"""The platform that `python -m local up` runs on this machine."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import msgspec
import psycopg
import redis.asyncio as redis
from msgspec import Struct
from psycopg.rows import dict_row
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chaos.environments.environment import (
    FaultTarget,
    FaultTargetMissing,
    Member,
    PlatformMissing,
    Process,
    Role,
    Row,
    Status,
)
from chaos.environments.fault_targets import LocalFaultTarget, find_fault_target
from exchange.platforms import LocalPlatform, PlatformUnpublished, read_platform

_PROBE_SECONDS = 2.0
_ROLES: dict[str, Role] = {
    "leader": "leader",
    "sync_standby": "synchronous",
    "quorum_standby": "synchronous",
}


class LocalEnvironment:
    """Signals, hold files and the command line of `local`."""

    name = "local"
    pace = 1.0

    def __init__(self, platform: LocalPlatform) -> None:
        self.platform = platform
        self.api_url = platform.api.url
        self.api_instances = platform.api.instances
        self.workers = platform.workers
        self.machine: Mapping[str, str | int | float | None] = platform.machine

    @classmethod
    def load(cls, state: Path) -> "LocalEnvironment":
        """Return the platform with this state folder; raises PlatformMissing."""
        try:
            return cls(read_platform(state / "platform.json", LocalPlatform))
        except PlatformUnpublished as missing:
            raise PlatformMissing(f"{missing}: start it with `task up`") from missing

    async def status(self) -> Status:
        said = await self._ask("status", "--json")
        return msgspec.json.decode(said, type=Status)

    async def members(self) -> list[Member]:
        urls = [p.patroni for p in self.platform.processes.values() if p.patroni]
        async with httpx.AsyncClient(timeout=_PROBE_SECONDS, trust_env=False) as client:
            for url in urls:
                with suppress(httpx.HTTPError):
                    answer = await client.get(f"{url}/cluster")
                    return read_members(answer.content)
        return []

    async def find(self, *names: str) -> list[FaultTarget]:
        processes = (await self.status()).processes
        return [
            self._fault_target(name, _known(processes, name).pids) for name in names
        ]

    async def find_parts(self, member: str) -> tuple[FaultTarget, FaultTarget]:
        process = _known((await self.status()).processes, member)
        agent = self._fault_target(f"the agent of {member}", [process.pid])
        return agent, self._fault_target(
            f"Postgres of {member}", [process.postgres_pid]
        )

    def hold(self, name: str) -> None:
        Path(self.platform.hold_dir, name).touch()

    def release(self, name: str) -> None:
        Path(self.platform.hold_dir, name).unlink(missing_ok=True)

    async def restart(self, name: str, settings: Mapping[str, str]) -> None:
        pairs = (f"{key}={value}" for key, value in settings.items())
        options = [part for pair in pairs for part in ("--env", pair)]
        await self._ask("restart", name, *options)

    def redis(self, name: str) -> redis.Redis:
        server = self.platform.redis[name]
        return redis.Redis(
            host=server.host,
            port=server.port,
            password=server.password,
            socket_timeout=_PROBE_SECONDS,
            socket_connect_timeout=_PROBE_SECONDS,
            retry=Retry(NoBackoff(), retries=0),
        )

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[psycopg.AsyncConnection[Row]]:
        database = self.platform.database
        monitor = database.users["monitor"]
        hosts, _, ports = zip(*(h.rpartition(":") for h in database.hosts), strict=True)
        connection = await psycopg.AsyncConnection.connect(
            host=",".join(hosts),
            port=",".join(ports),
            dbname=database.name,
            user=monitor.name,
            password=monitor.password,
            target_session_attrs="read-write",
            connect_timeout=int(_PROBE_SECONDS),
            autocommit=True,
            row_factory=dict_row,
        )
        async with connection:
            yield connection

    def _fault_target(self, name: str, pids: Iterable[int | None]) -> LocalFaultTarget:
        return find_fault_target(name, pids, belongs_to=self.platform.state)

    async def _ask(self, *arguments: str) -> bytes:
        """Run `python -m local`; in its own session, so that Ctrl-C cannot stop it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "local",
            *arguments,
            env={**os.environ, "HOLDFAST_STATE": str(Path(self.platform.state).parent)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        talking = asyncio.ensure_future(process.communicate())
        try:
            await asyncio.shield(talking)
        finally:
            # On cancellation, too, the command that undoes this one must come after it.
            said, complaint = await talking
        if process.returncode != 0 and arguments[0] != "status":
            command = " ".join(arguments)
            raise CommandFailed(f"local {command}: {complaint.decode().strip()}")
        return said


def _known(processes: dict[str, Process], name: str) -> Process:
    if name not in processes:
        raise FaultTargetMissing(f"the supervisor knows no {name}")
    return processes[name]


class CommandFailed(Exception):
    """`python -m local` failed to do what the experiment requested."""


class _ClusterMember(Struct):
    name: str
    role: str
    state: str


class _Cluster(Struct):
    members: list[_ClusterMember]


def read_members(body: bytes) -> list[Member]:
    """Return the members in a response of Patroni's /cluster."""
    cluster = msgspec.json.decode(body, type=_Cluster)
    return [
        Member(
            name=member.name,
            role=_ROLES.get(member.role, "replica"),
            streaming=member.state in {"running", "streaming"},
        )
        for member in cluster.members
    ]
