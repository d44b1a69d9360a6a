"""Connection pools of the process: the primary and, optionally, its replicas."""

from collections.abc import Callable
from functools import partial

from api.kernel.connections import Credentials, TenantConnection, connect
from api.kernel.hosts import Accept, Hosts
from api.kernel.pools import BoundedPool
from api.settings import Address, Settings

# Below the five seconds that a request may take.
WAIT_SECONDS = 1.5
COMMAND_SECONDS = 3.0
_LEADER_PAUSE_SECONDS = 0.1
_REPLICA_PAUSE_SECONDS = 1.0


class Database:
    """The pools, which follow the leader after a failover."""

    def __init__(
        self,
        settings: Settings,
        *,
        wait_seconds: float = WAIT_SECONDS,
        command_seconds: float = COMMAND_SECONDS,
    ) -> None:
        credentials = Credentials.of(settings, command_seconds=command_seconds)
        open_one = partial(_connect, credentials=credentials)
        self._warm = settings.pool_min
        size, wait = max(1, settings.pool_max), wait_seconds
        self.primary = BoundedPool(
            "primary",
            _hosts(
                settings.database_hosts, open_one, _is_leader, _LEADER_PAUSE_SECONDS
            ),
            size=size,
            wait_seconds=wait,
        )
        self.replica: BoundedPool | None = None
        if settings.replica_hosts:
            hosts = settings.replica_hosts
            self.replica = BoundedPool(
                "replica",
                _hosts(hosts, open_one, _is_standby, _REPLICA_PAUSE_SECONDS),
                size=size,
                wait_seconds=wait,
            )

    async def start(self) -> None:
        """Start the pools; does not fail when the database is unavailable."""
        await self.primary.start(warm=self._warm)
        if self.replica is not None:
            await self.replica.start(warm=0)
            self.replica.hosts.search()

    async def stop(self) -> None:
        """Close both pools within seconds, even when the database hangs."""
        await self.primary.stop()
        if self.replica is not None:
            await self.replica.stop()


async def _connect(address: Address, *, credentials: Credentials) -> TenantConnection:
    return await connect(address, credentials)


def _hosts(
    candidates: tuple[Address, ...],
    open_one: Callable[..., object],
    accept: Accept,
    pause_seconds: float,
) -> Hosts:
    return Hosts(
        candidates,
        connect=open_one,  # type: ignore[arg-type]  # partial hides the signature
        accept=accept,
        pause_seconds=pause_seconds,
    )


def _is_leader(connection: TenantConnection) -> bool:
    return not connection.in_recovery


def _is_standby(connection: TenantConnection) -> bool:
    return connection.in_recovery


_handle: list[Database] = []


def use(database: Database) -> None:
    """Set the database of the process; called once, at the start."""
    _handle[:] = [database]


def handle() -> Database:
    """Return the database of the process."""
    if not _handle:
        message = "no database: the program calls database.use() at its start"
        raise RuntimeError(message)
    return _handle[0]
