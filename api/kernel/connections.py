"""One connection to Postgres, with time limits and a tenant binding.

By default asyncpg sets no socket options and no timeouts, so a peer that disappears
without closing the connection would hang a request for a quarter of an hour.
"""

import socket
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from api.kernel.query_tracing import TracedConnection
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
    """Log-in and time limit, the same for every host."""

    user: str
    password: str
    database: str
    application: str
    command_seconds: float

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, database={self.database!r})"

    @staticmethod
    def of(settings: Settings, *, command_seconds: float) -> "Credentials":
        """Return the credentials in the settings."""
        return Credentials(
            user=settings.database_user,
            password=settings.database_password,
            database=settings.database_name,
            application=settings.instance,
            command_seconds=command_seconds,
        )


class TenantConnection(TracedConnection):
    """A connection with the tenant that its session is bound to.

    `source` names the role of the host. `replayed` is the newest LSN, as an integer,
    that the replica is known to have replayed.
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
        """Return whether the host is a standby (PostgreSQL 14 and later report it)."""
        return bool(self.get_settings().in_hot_standby == "on")

    async def bind(self, binding: Binding) -> None:
        """Bind the session to a tenant and a user; no round trip when it already is."""
        if self.bound == binding:
            return
        self.bound = None
        organization_id, user_id = binding
        await self.execute(_BIND, setting_text(organization_id), setting_text(user_id))
        self.bound = binding

    def set_keepalive(self) -> None:
        """Make the operating system detect a dead peer within seconds."""
        peer = self._transport.get_extra_info("socket")
        if peer is None or peer.family == socket.AF_UNIX:
            return
        tcp = socket.IPPROTO_TCP
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        peer.setsockopt(tcp, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_SECONDS)
        peer.setsockopt(tcp, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_SECONDS)
        peer.setsockopt(tcp, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
        peer.setsockopt(tcp, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MILLISECONDS)


def setting_text(identifier: UUID | None) -> str:
    """Return the value of the setting; empty matches no row."""
    return "" if identifier is None else str(identifier)


async def connect(address: Address, credentials: Credentials) -> TenantConnection:
    """Open a connection to a host of any role within CONNECT_SECONDS."""
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
            # The planner underestimates rows newer than the last ANALYZE. With bitmap
            # scans it would read and sort all of them for a page that an index
            # returns in order.
            "enable_bitmapscan": "off",
            # A plan is made once a session, perhaps while a month's partition is empty:
            # reading all of it, or sorting, looks free then and is not for long.
            "enable_seqscan": "off",
            "enable_sort": "off",
            "idle_in_transaction_session_timeout": "30s",
            "jit": "off",
            # Planning a page of the list costs as much as reading it. A function whose
            # plan depends on its values overrides this (find_meeting_events).
            "plan_cache_mode": "force_generic_plan",
            "timezone": "UTC",
        },
    )
    connection.address = address
    connection.set_keepalive()
    return connection
