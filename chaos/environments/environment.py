"""The interface of an environment in which the platform runs."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

import psycopg
import redis.asyncio as redis
from msgspec import Struct

Role = Literal["leader", "synchronous", "replica"]
Row = dict[str, Any]


class Process(Struct, frozen=True):
    """One program of the platform as its supervisor reports it."""

    state: str
    healthy: bool
    pid: int | None = None
    postgres_pid: int | None = None
    detail: str = ""

    @property
    def pids(self) -> list[int | None]:
        """Return the process id and, for a database, that of its Postgres."""
        server = [] if self.postgres_pid is None else [self.postgres_pid]
        return [self.pid, *server]


class Status(Struct, frozen=True):
    """The whole platform: `ready` when every part of it is."""

    processes: dict[str, Process]
    ready: bool


class Member(Struct, frozen=True):
    """One member of the database as the cluster manager reports it."""

    name: str
    role: Role
    streaming: bool


class Death(Struct, frozen=True):
    """The killed ids, the time of the signal, and the time when the last one was gone.

    `what` describes the death in words where ids are not enough.
    """

    pids: tuple[int, ...]
    at: float
    gone_at: float
    what: str = ""


class FaultTarget(Protocol):
    """Processes of the platform that a fault kills or freezes."""

    name: str

    def aim(self) -> None:
        """Look up every process now, so that `kill` needs no lookup."""

    async def kill(self) -> Death:
        """SIGKILL, as a power cut would; return when every process is gone."""

    def freeze(self) -> None:
        """Stop every process with its state kept."""

    def thaw(self) -> None:
        """Continue every frozen process that still exists; may be called twice."""

    def alive(self) -> bool:
        """Return whether the first process of the fault target still exists."""


class Environment(Protocol):
    """A running platform, with operations that inject faults."""

    name: str
    api_url: str
    pace: float
    """The factor applied to an experiment's request rates."""
    machine: Mapping[str, str | int | float | None]

    @property
    def api_instances(self) -> tuple[str, ...]:
        """Return the serving API instances, as of the last status."""

    @property
    def workers(self) -> tuple[str, ...]:
        """Return the workers, as of the last status."""

    async def status(self) -> Status:
        """Return the supervisor's current status."""

    async def members(self) -> list[Member]:
        """Return the database's current members; empty while they are unknown."""

    async def find(self, *names: str) -> list[FaultTarget]:
        """Return all that dies with each process or host; raises FaultTargetMissing."""

    async def find_parts(self, member: str) -> tuple[FaultTarget, FaultTarget]:
        """Return a database's agent and its Postgres; raises FaultTargetMissing."""

    def hold(self, name: str) -> None:
        """Keep `name` dead after its death, from now on."""

    def release(self, name: str) -> None:
        """Let the supervisor restart `name`; may be called when it is not held."""

    async def restart(self, name: str, settings: Mapping[str, str]) -> None:
        """Restart `name` with `settings` on top of its own, replacing earlier ones."""

    def redis(self, name: str) -> redis.Redis:
        """Return an administrator's connection to `broker` or `cache`; close it."""

    def database(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Row]]:
        """Open a read-only connection of the monitoring role to the writable member."""


class PlatformMissing(Exception):
    """No platform is running where one was expected."""


class EnvironmentUnsuitable(Exception):
    """This environment does not support the requested operation."""


class FaultTargetMissing(Exception):
    """The process is not running, or does not belong to the platform."""
