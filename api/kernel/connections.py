"""One connection to Postgres: opened with limits, remembering its tenant.

asyncpg offers no way to set socket options and waits for ever by default, so a
peer that vanishes without a word would hang a request for a quarter of an hour.
"""

import socket
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from api.kernel.statements import TracedConnection
from api.settings import Address, Settings

Binding = tuple[UUID | None, UUID | None]
Source = Literal["primary", "replica"]

CONNECT_SECONDS = 1.0
_KEEPALIVE_IDLE_SECONDS = 5
_KEEPALIVE_INTERVAL_SECONDS = 2
_KEEPALIVE_PROBES = 3
_USER_TIMEOUT_MILLISECONDS = 5_000

_BIND = (
    "SELECT set_config('app.organization', $1, false),"
    " set_config('app.user', $2, false)"
)


class Credentials(Struct, frozen=True):
    """How to log in, whichever host it is."""

    user: str
    password: str
    database: str
    application: str
    command_seconds: float

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, database={self.database!r})"

    @staticmethod
    def of(settings: Settings, *, command_seconds: float) -> "Credentials":
        """Take the log-in from the settings."""
        return Credentials(
            user=settings.database_user,
            password=settings.database_password,
            database=settings.database_name,
            application=settings.instance,
            command_seconds=command_seconds,
        )


class TenantConnection(TracedConnection):
    """A connection that knows which tenant its session speaks for.

    `source` tells what answered; `replayed` is the newest position (an LSN as
    an integer) that a replica is known to have replayed.
    """

    __slots__ = ("address", "bound", "replayed", "source")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.address: Address | None = None
        self.bound: Binding | None = None
        self.replayed = 0
        self.source: Source = "primary"

    @property
    def in_recovery(self) -> bool:
        """Tell whether this is a standby (reported by PostgreSQL 14 and later)."""
        return bool(self.get_settings().in_hot_standby == "on")

    def note_replayed(self, position: int) -> int:
        """Remember, and return, how far this replica is known to have come."""
        self.replayed = position
        return position

    async def bind(self, binding: Binding) -> None:
        """Bind the session to a tenant and a user; free when it already is."""
        if self.bound == binding:
            return
        self.bound = None
        organization, user = binding
        await self.execute(_BIND, text_of(organization), text_of(user))
        self.bound = binding

    def guard_socket(self) -> None:
        """Have the kernel notice a dead peer within seconds."""
        peer = self._transport.get_extra_info("socket")
        if peer is None or peer.family == socket.AF_UNIX:
            return
        tcp = socket.IPPROTO_TCP
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        peer.setsockopt(tcp, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_SECONDS)
        peer.setsockopt(tcp, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_SECONDS)
        peer.setsockopt(tcp, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
        peer.setsockopt(tcp, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MILLISECONDS)


def text_of(identifier: UUID | None) -> str:
    """Return the setting's text; empty stands for nobody and matches no row."""
    return "" if identifier is None else str(identifier)


async def connect(address: Address, credentials: Credentials) -> TenantConnection:
    """Open a connection, whatever the host's role; one second at most."""
    connection: TenantConnection = await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=credentials.user,
        password=credentials.password,
        database=credentials.database,
        timeout=CONNECT_SECONDS,
        command_timeout=credentials.command_seconds,
        max_cached_statement_lifetime=0,
        ssl=False,
        connection_class=TenantConnection,
        server_settings={
            "application_name": credentials.application,
            # Rows newer than the last ANALYZE look few: the planner would then read
            # and sort all of them for a page that an index holds in order.
            "enable_bitmapscan": "off",
            "idle_in_transaction_session_timeout": "30s",
            "jit": "off",
            # Planning a page of the list costs as much as reading it. A statement whose
            # plan depends on its values says so itself (find_meeting_events).
            "plan_cache_mode": "force_generic_plan",
            "timezone": "UTC",
        },
    )
    connection.address = address
    connection.guard_socket()
    return connection
