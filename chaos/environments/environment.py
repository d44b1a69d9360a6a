"""What an experiment may ask of the place where the platform runs."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

import psycopg
import redis.asyncio as redis
from msgspec import Struct

Role = Literal["leader", "synchronous", "replica"]
Row = dict[str, Any]


class Process(Struct, frozen=True):
    """One program of the platform as its supervisor sees it."""

    state: str
    healthy: bool
    pid: int | None = None
    postgres_pid: int | None = None
    detail: str = ""

    @property
    def pids(self) -> list[int | None]:
        """The process itself and, of a database, the Postgres that it looks after."""
        server = [] if self.postgres_pid is None else [self.postgres_pid]
        return [self.pid, *server]


class Status(Struct, frozen=True):
    """The whole platform: `ready` when every part of it is."""

    processes: dict[str, Process]
    ready: bool


class Member(Struct, frozen=True):
    """One member of the database as the cluster manager sees it."""

    name: str
    role: Role
    streaming: bool


class Death(Struct, frozen=True):
    """Who was killed, when the signal was sent, and when the last one was gone.

    `what` says it in words where there is more to say than ids.
    """

    pids: tuple[int, ...]
    at: float
    gone_at: float
    what: str = ""


class FaultTarget(Protocol):
    """Processes of the platform that are about to be hurt."""

    name: str

    def aim(self) -> None:
        """Look up every process now, so that `kill` strikes without looking."""

    async def kill(self) -> Death:
        """SIGKILL, as a power cut would; returns when every process is gone."""

    def freeze(self) -> None:
        """Stop every process where it is."""

    def thaw(self) -> None:
        """Let every frozen process that still exists go on; may be called twice."""

    def alive(self) -> bool:
        """Whether the first process of the fault_target still exists."""


class Environment(Protocol):
    """A running platform, and hands to hurt it with."""

    name: str
    api_url: str
    pace: float
    """The part of an experiment's rates that it is put under."""
    machine: Mapping[str, str | int | float | None]

    @property
    def api_instances(self) -> tuple[str, ...]:
        """The instances that serve, as the last look at the platform saw them."""

    @property
    def workers(self) -> tuple[str, ...]:
        """The workers, as the last look at the platform saw them."""

    async def status(self) -> Status:
        """What the supervisor knows now."""

    async def members(self) -> list[Member]:
        """The database's members now; empty while nobody can say."""

    async def find(self, *names: str) -> list[FaultTarget]:
        """Everything that dies with each process or host; raises FaultTargetMissing."""

    async def find_parts(self, member: str) -> tuple[FaultTarget, FaultTarget]:
        """A database's agent and its Postgres; raises FaultTargetMissing."""

    def hold(self, name: str) -> None:
        """From now on a dead `name` stays dead."""

    def release(self, name: str) -> None:
        """Let `name` come back by itself; may be called when it is not held."""

    async def restart(self, name: str, settings: Mapping[str, str]) -> None:
        """Start `name` anew with `settings` on top of its own, and only those."""

    def redis(self, name: str) -> redis.Redis:
        """An administrator's connection to `broker` or `cache`; close it."""

    def database(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Row]]:
        """A reading connection of the monitoring role to the writable member."""


class PlatformMissing(Exception):
    """No platform is running where one was expected."""


class EnvironmentUnsuitable(Exception):
    """This environment cannot do what was asked of it."""


class FaultTargetMissing(Exception):
    """The process is not running, or is not one of the platform's."""
