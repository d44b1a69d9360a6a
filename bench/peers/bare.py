"""The ceiling: three of the routes on bare ASGI and asyncpg, without more.

`python -m bench.peers.bare PORT`. It compares two fixed tokens and has no
row-level security, idempotency keys or group commit.
"""

import asyncio
import base64
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from granian.constants import Interfaces
from granian.server import Server
from msgspec import Meta, Raw, Struct

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PAGE = 50
_PATH = "/api/v1/events"
_WINDOW = timedelta(days=30)
_AHEAD = timedelta(hours=24)
_COLUMNS = "id, client_id, type, tool, actor, occurred_at, received_at, properties"
_LIST = f"""SELECT {_COLUMNS} FROM peer_events
WHERE organization = $1 AND occurred_at >= $2 AND occurred_at < $3
ORDER BY occurred_at DESC, id DESC LIMIT $4"""  # noqa: S608 - a constant
_BY_ID = f"""SELECT {_COLUMNS} FROM peer_events
WHERE id = $1 AND organization = $2"""  # noqa: S608 - a constant
_INSERT = """INSERT INTO peer_events
(organization, id, client_id, type, tool, actor, occurred_at, received_at, properties)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING RETURNING id"""


class EventRequest(Struct, frozen=True, forbid_unknown_fields=True):
    client_id: Annotated[str, Meta(min_length=1, max_length=128)]
    type: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    tool: str | None = None
    actor: str | None = None
    properties: dict[str, Any] = {}


class EventView(Struct, frozen=True):
    id: UUID
    client_id: str
    type: str
    tool: str | None
    actor: str | None
    occurred_at: datetime
    received_at: datetime
    properties: Raw


class Page(Struct, frozen=True):
    data: list[EventView]
    next_cursor: str | None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(EventRequest).decode


class Bare:
    """The application; created in the server's own process."""

    def __init__(self, dsn: str, members: dict[bytes, UUID], pool: int) -> None:
        self.dsn = dsn
        self.members = members
        self.most = pool
        self.pool: Any = None
        self.opening = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self.pool is None:
            await self.open()
        organization = self.members.get(
            dict(scope["headers"]).get(b"authorization", b"")
        )
        if organization is None:
            await respond(send, 401, b"{}")
        elif scope["method"] == "POST":
            await respond(
                send, 201, await self.ingest(organization, await read_body(receive))
            )
        elif scope["path"] == _PATH:
            await respond(send, 200, await self.list_page(organization))
        else:
            await respond(send, 200, await self.find(organization, scope["path"]))

    async def open(self) -> None:
        async with self.opening:
            if self.pool is None:
                self.pool = await asyncpg.create_pool(
                    self.dsn, min_size=5, max_size=self.most
                )

    async def find(self, organization: UUID, path: str) -> bytes:
        event_id = UUID(path[len(_PATH) + 1 :])
        return encode(view(await self.pool.fetchrow(_BY_ID, event_id, organization)))

    async def list_page(self, organization: UUID) -> bytes:
        now = datetime.now(UTC)
        rows = await self.pool.fetch(
            _LIST, organization, now - _WINDOW, now + _AHEAD, _PAGE + 1
        )
        data = [view(row) for row in rows[:_PAGE]]
        cursor = None
        if len(rows) > _PAGE:
            place = f"{data[-1].occurred_at.isoformat()} {data[-1].id}"
            cursor = base64.urlsafe_b64encode(place.encode()).decode()
        return encode(Page(data, cursor))

    async def ingest(self, organization: UUID, body: bytes) -> bytes:
        event = decode(body)
        stored = await self.pool.fetchval(
            _INSERT,
            organization,
            uuid4(),
            event.client_id,
            event.type,
            event.tool,
            event.actor,
            event.occurred_at,
            datetime.now(UTC),
            encode(event.properties).decode(),
        )
        status = "accepted" if stored else "duplicate"
        return encode({"id": stored, "client_id": event.client_id, "status": status})


def view(row: Any) -> EventView:  # noqa: ANN401 - asyncpg carries no types
    return EventView(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], Raw(row[7])
    )


async def read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def respond(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def make() -> Bare:
    """Create the application for Granian, with settings from the environment."""
    pairs = [one.split("=") for one in os.environ["BENCH_MEMBERS"].split(",")]
    members = {f"Bearer {token}".encode(): UUID(owner) for token, owner in pairs}
    return Bare(os.environ["BENCH_DSN"], members, int(os.environ["BENCH_POOL"]))


def main() -> None:
    Server(
        "bench.peers.bare:make",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
