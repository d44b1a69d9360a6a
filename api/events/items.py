"""From an untrusted event to one that is ready to be stored, or a rejection.

Everything that Postgres would refuse is refused here: one bad row fails the whole
statement, which may hold the events of other tenants.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from api.events.errors import IN_FUTURE, TOO_OLD, Rejection, broken
from api.events.identifiers import mint
from api.events.limits import AHEAD, PROPERTIES_BYTES, PROPERTIES_DEPTH, RETENTION
from api.events.schemas import EventRequest

_DIGEST_BYTES = 16
_ROW_OVERHEAD_BYTES = 300
_encode = msgspec.json.Encoder(order="sorted").encode


class Item(Struct, frozen=True):
    """An event that broke no rule, with the organization of its sender."""

    organization: UUID
    client_id: str
    digest: bytes
    id: UUID
    type: str
    tool: str | None
    actor: str | None
    occurred_at: datetime
    received_at: datetime
    properties: str

    @property
    def size_bytes(self) -> int:
        """Return about how much memory the item holds on to."""
        return _ROW_OVERHEAD_BYTES + len(self.properties)


def accept(
    request: EventRequest, *, organization: UUID, now: datetime
) -> Item | Rejection:
    """Judge an event; the same content has the same digest however it is spelt."""
    if request.occurred_at < now - RETENTION:
        return TOO_OLD
    if request.occurred_at > now + AHEAD:
        return IN_FUTURE
    try:
        properties = _encode(request.properties)
    except RecursionError:
        return broken("properties", "is nested too deeply")
    if (fault := _fault_of(request.properties, properties)) is not None:
        return broken("properties", fault)

    occurred = request.occurred_at.astimezone(UTC)
    content = (request.type, request.tool, request.actor, occurred)
    return Item(
        organization=organization,
        client_id=request.client_id,
        digest=blake2b(
            _encode(content) + properties, digest_size=_DIGEST_BYTES
        ).digest(),
        id=mint(now, occurred),
        type=request.type,
        tool=request.tool,
        actor=request.actor,
        occurred_at=occurred,
        received_at=now,
        properties=properties.decode(),
    )


def _fault_of(properties: dict[str, Any], encoded: bytes) -> str | None:
    if len(encoded) > PROPERTIES_BYTES:
        return f"is longer than {PROPERTIES_BYTES} bytes"
    # Few brackets and no escaped NUL, hence neither deep nor holding one.
    suspect_depth = encoded.count(b"{") + encoded.count(b"[") > PROPERTIES_DEPTH
    if not suspect_depth and b"\\u0000" not in encoded:
        return None
    for depth, value in _walk(properties):
        if depth > PROPERTIES_DEPTH:
            return f"is nested deeper than {PROPERTIES_DEPTH} levels"
        if isinstance(value, str) and "\0" in value:
            return "holds a NUL character"
    return None


def _walk(root: Any) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - any JSON value
    """Yield each value and each key with its depth, without recursion."""
    waiting = [(1, root)]
    while waiting:
        depth, value = waiting.pop()
        yield depth, value
        if isinstance(value, dict):
            waiting.extend((depth, key) for key in value)
            waiting.extend((depth + 1, inner) for inner in value.values())
        elif isinstance(value, list):
            waiting.extend((depth + 1, inner) for inner in value)
