"""Test users of the comparison, their organizations, and request bodies."""

import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey
from msgspec import Struct

KEY_NAME = "bench"
LIST_PATH = "/api/v1/events?limit=50"
_SEEDED = 2000
_BATCH = 500
_TOKEN_SECONDS = 4 * 3600


class Member(Struct, frozen=True):
    """A user with an organization and an access token that outlives the run."""

    email: str
    password: str
    organization: str
    token: str


class Cast(Struct, frozen=True):
    """A reader whose events never change, and a writer in another organization."""

    reader: Member
    writer: Member
    event_ids: tuple[str, ...]
    page_tag: str


def gather_cast(url: str, key: bytes) -> Cast:
    """Register both through the API itself, and give the reader events to read."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        reader, writer = register(client, key), register(client, key)
        client.headers["Authorization"] = f"Bearer {reader.token}"
        now = datetime.now(UTC)
        for start in range(0, _SEEDED, _BATCH):
            ages = range(start, start + _BATCH)
            events = [event(uuid4().hex, now - timedelta(minutes=age)) for age in ages]
            post(client, "/events/batch", {"events": events})
        page = client.get("/events", params={"limit": 50}).raise_for_status()
        ids = tuple(one["id"] for one in page.json()["data"])
        return Cast(reader, writer, ids, page.headers["ETag"])


def register(client: httpx.Client, key: bytes) -> Member:
    email, password = f"bench-{uuid4().hex}@bench.example", uuid4().hex
    registered = post(
        client,
        "/auth/register",
        {"email": email, "password": password, "name": "B", "organization": "Bench"},
    )
    token = prolong(registered["access_token"], key)
    return Member(email, password, registered["organization"]["id"], token)


def prolong(token: str, key: bytes) -> str:
    """Sign the same token for hours; its expiry is still checked each time."""
    payload = token.split(".")[1]
    claims = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    header = {"alg": "HS256", "typ": "at+jwt", "kid": KEY_NAME}
    longer = claims | {"exp": int(time.time()) + _TOKEN_SECONDS}
    return jwt.encode(header, longer, OctKey.import_key(key))


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
    """Return a factory of event bodies of equal length, each with a new client id."""
    marker = "0" * 32
    template = msgspec.json.encode(event(marker, datetime.now(UTC)))
    before, after = template.split(marker.encode())
    return lambda: before + uuid4().hex.encode() + after


def batch_bodies(size: int) -> Callable[[], bytes]:
    """Return a factory of batches of `size` new events."""
    make = event_bodies()
    return lambda: b'{"events":[' + b",".join(make() for _ in range(size)) + b"]}"


def in_turn(values: tuple[bytes, ...]) -> Callable[[], bytes]:
    """Return a factory that cycles through the values for ever."""
    return cycle(values).__next__
