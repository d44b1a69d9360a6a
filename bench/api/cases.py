"""The cases: their subjects and the bytes of their requests."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from bench.closed import MakeRequest
from bench.exchange import SUCCESS, compose
from bench.subjects import CEILING, ONE_INSERT, OURS, PEER
from bench.work import (
    LIST_PATH,
    Cast,
    Member,
    batch_bodies,
    event_bodies,
    in_turn,
)

EVENTS = "/api/v1/events"
BATCH_EVENTS = 100
READS, WRITES, LOGINS = 32, 64, 4
"""The number of concurrent connections."""
NOT_MODIFIED = range(304, 305)

Make = Callable[[Cast, int], MakeRequest]


class Case(Struct, frozen=True):
    """One kind of work. `make` takes the cast and the port of the server."""

    name: str
    title: str
    subjects: tuple[str, ...]
    connections: int
    make: Make
    wanted: range = SUCCESS
    events: int = 1


def list_page(cast: Cast, port: int) -> MakeRequest:
    """Request the newest 50 events from the database."""
    return same(compose("GET", LIST_PATH, token=cast.reader.token, port=port))


def list_cached(cast: Cast, port: int) -> MakeRequest:
    """Request the same page from the cache."""
    token, headers = cast.reader.token, {"read-after": "any"}
    return same(compose("GET", LIST_PATH, token=token, port=port, headers=headers))


def list_unchanged(cast: Cast, port: int) -> MakeRequest:
    """Request the same page with its ETag."""
    headers = {"read-after": "any", "if-none-match": cast.page_tag}
    return same(
        compose("GET", LIST_PATH, token=cast.reader.token, port=port, headers=headers)
    )


def find_one(cast: Cast, port: int) -> MakeRequest:
    """Request one event by its id, another one each time."""
    token = cast.reader.token
    paths = [f"{EVENTS}/{one}" for one in cast.event_ids]
    asked = [compose("GET", path, token=token, port=port) for path in paths]
    return in_turn(tuple(asked))


def write_one(cast: Cast, port: int) -> MakeRequest:
    """Send a new event each time; the answer follows its commit."""
    return posting(EVENTS, event_bodies(), cast.writer, port)


def write_batch(cast: Cast, port: int) -> MakeRequest:
    """Send a hundred new events each time."""
    return posting(f"{EVENTS}/batch", batch_bodies(BATCH_EVENTS), cast.writer, port)


def log_in(cast: Cast, port: int) -> MakeRequest:
    """Log in as the same user with the password."""
    person = {"email": cast.writer.email, "password": cast.writer.password}
    body = msgspec.json.encode(person)
    return same(compose("POST", "/api/v1/auth/login", token="", port=port, body=body))


def posting(
    path: str, make: Callable[[], bytes], sender: Member, port: int
) -> MakeRequest:
    return lambda: compose("POST", path, token=sender.token, port=port, body=make())


def same(request: bytes) -> MakeRequest:
    return lambda: request


CASES = {
    case.name: case
    for case in (
        Case("list", "list", (OURS, PEER, CEILING), READS, list_page),
        Case("list-cached", "list, cached", (OURS,), READS, list_cached),
        Case("list-304", "list, 304", (OURS,), READS, list_unchanged, NOT_MODIFIED),
        Case("one", "one by id", (OURS, PEER, CEILING), READS, find_one),
        Case(
            "write",
            "write",
            (OURS, ONE_INSERT, PEER, CEILING),
            WRITES,
            write_one,
        ),
        Case(
            "batch",
            "batch of 100",
            (OURS, PEER),
            READS,
            write_batch,
            events=BATCH_EVENTS,
        ),
        Case("login", "log in", (OURS, PEER), LOGINS, log_in),
    )
}
