"""The work that is compared: one member's event list, and one event at a time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct

_SEEDED = 2000
_BATCH = 500


class Member(Struct, frozen=True):
    """Somebody with events and a key that may read and write them."""

    organization: str
    token: str


def join(url: str) -> Member:
    """Register, make a key and put events in place through the API itself."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        registered = post(
            client,
            "/auth/register",
            {
                "email": f"bench-{uuid4().hex}@bench.example",
                "password": uuid4().hex,
                "name": "Bench",
                "organization": "Bench",
            },
        )
        client.headers["Authorization"] = f"Bearer {registered['access_token']}"
        scopes = ["events:read", "events:write"]
        key = post(client, "/api-keys", {"name": "bench", "scopes": scopes})["key"]
        client.headers["Authorization"] = f"Bearer {key}"
        now = datetime.now(UTC)
        for start in range(0, _SEEDED, _BATCH):
            ages = range(start, start + _BATCH)
            events = [event(uuid4().hex, now - timedelta(minutes=age)) for age in ages]
            post(client, "/events/batch", {"events": events})
        return Member(registered["organization"]["id"], key)


def post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
    return read


def event(client_id: str, occurred_at: datetime) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "type": "build.finished",
        "occurred_at": occurred_at.isoformat(),
        "tool": "ci",
        "actor": "ada",
        "properties": {"branch": "main", "seconds": 42},
    }


def event_bodies() -> Callable[[], bytes]:
    """A maker of event bodies: a new client id each, all of the same length."""
    marker = "0" * 32
    template = msgspec.json.encode(event(marker, datetime.now(UTC)))
    before, after = template.split(marker.encode())
    return lambda: before + uuid4().hex.encode() + after
