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
from msgspec import Raw

from api.events.decoding import decode_event
from api.events.errors import IN_FUTURE, TOO_OLD, Rejection, broken
from api.events.identifiers import new_event_id
from api.events.limits import AHEAD, PROPERTIES_BYTES, PROPERTIES_DEPTH, RETENTION
from api.events.schemas import EventRequest
from api.events.writes import NewEvent

_DIGEST_BYTES = 16
_encode = msgspec.json.Encoder(order="sorted").encode


def read_event(
    body: bytes | Raw, *, organization: UUID, now: datetime
) -> NewEvent | Rejection:
    """Decode and validate one event of a request."""
    request = decode_event(body)
    if isinstance(request, Rejection):
        return request
    return accept(request, organization=organization, now=now)


def accept(
    request: EventRequest, *, organization: UUID, now: datetime
) -> NewEvent | Rejection:
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
    return NewEvent(
        organization=organization,
        client_id=request.client_id,
        digest=blake2b(
            _encode(content) + properties, digest_size=_DIGEST_BYTES
        ).digest(),
        id=new_event_id(now, occurred),
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
