"""A small real HTTP server with the API's shape and a configurable fault.

`python stub.py PORT FAULTS` where FAULTS is JSON: `stall_every`/`stall_for` in seconds,
`errors` as a share of the responses, `counted` as the share of requests in its metrics,
`wrong` to return lists out of order, `believes` as the number of requests for which
revoked credentials still work.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections import Counter
from urllib.parse import parse_qs
from uuid import uuid4

from granian import Granian
from granian.constants import Interfaces

FAULTS = json.loads(os.environ.get("STUB_FAULTS", "{}"))
EDGES = (0.01, 0.05, 0.1, 0.15, 0.2, 0.5, 1.0, float("inf"))
STARTED = time.time()
counts: Counter[str] = Counter()
buckets: Counter[tuple[str, float]] = Counter()
served = itertools.count(1)
known: set[str] = set()
revoked: dict[str, int] = {}
"""Routes that refuse a revoked credential, after the given number of requests."""


def route_of(method, path):
    parts = path.split("/")
    if path.startswith("/api/v1/events/") and parts[4] not in {"batch", "rollups"}:
        return f"{method} /api/v1/events/{{event_id}}"
    return f"{method} {path}"


def page(wanted):
    stamps = [f"2026-11-20T10:{59 - n:02}:00Z" for n in range(50)]
    if FAULTS.get("wrong"):
        stamps.reverse()
    data = [event(f"e{n}", wanted, at) for n, at in enumerate(stamps)]
    return {"data": data, "next_cursor": None}


def event(name, kind="build.started", at="2026-11-20T10:00:00Z"):
    return {"id": name, "client_id": name, "type": kind, "occurred_at": at}


def record(name):
    repeated = name in known
    known.add(name)
    status = "duplicate" if repeated else "accepted"
    return 200 if repeated else 201, {"id": name, "client_id": name, "status": status}


def tokens():
    return {"access_token": "a", "refresh_token": uuid4().hex, "expires_in": 900}


def batch(events):
    results = [{"id": one["client_id"]} for one in events]
    counted = {"accepted": len(results), "duplicate": 0, "rejected": 0}
    return 200, counted | {"results": results}


def register(body):
    user = {"id": "u", "email": body["email"], "name": "n"}
    organization = {"id": uuid4().hex, "name": "o"}
    return 201, {"user": user, "organization": organization, **tokens()}


def make_key(body):
    return 201, {"id": "k", "name": "load", "scopes": body["scopes"], "key": "hf_k"}


ANSWERS = {
    "POST /api/v1/auth/register": lambda _path, _query, body: register(body),
    "POST /api/v1/auth/login": lambda *_: (200, tokens()),
    "POST /api/v1/auth/refresh": lambda *_: (200, tokens()),
    "POST /api/v1/api-keys": lambda _path, _query, body: make_key(body),
    "POST /api/v1/events": lambda _path, _query, body: record(body["client_id"]),
    "POST /api/v1/events/batch": lambda _path, _query, body: batch(body["events"]),
    "GET /api/v1/events": lambda _path, query, _body: (
        200,
        page(query.get("type", ["build.started"])[0]),
    ),
    "GET /api/v1/events/{event_id}": lambda path, *_: (
        200,
        event(path.rsplit("/", 1)[1]),
    ),
    "GET /api/v1/events/rollups": lambda *_: (200, {}),
    "GET /api/v1/me": lambda *_: (
        200,
        {"user": {"id": "u", "email": "e", "name": "n"}, "organization_id": "o"},
    ),
    "POST /api/v1/auth/logout": lambda *_: revoke("GET /api/v1/me"),
    "DELETE /api/v1/api-keys/k": lambda *_: revoke("GET /api/v1/events"),
    "GET /api/v1/openapi.json": lambda *_: (
        200,
        {"paths": {"/api/v1/events": {"get": {}}, "/api/v1/me": {"put": {}}}},
    ),
}


def revoke(route):
    revoked[route] = FAULTS.get("believes", 0)
    return 204, None


def refuses(route):
    """Return whether the revocation takes effect at this request; it counts once."""
    if route in revoked and revoked[route] > 0:
        revoked[route] -= 1
        return False
    return revoked.pop(route, None) is not None


def nothing(*_):
    return 404, {"error": {"code": "not_found"}}


def metrics():
    lines = ["# TYPE process_start_time_seconds gauge"]
    lines += [f"process_start_time_seconds {STARTED}"]
    name = "holdfast_http_request_duration_seconds"
    lines += [f"# TYPE {name} histogram"]
    for route, count in counts.items():
        method, path = route.split(" ")
        labels = f'method="{method}",route="{path}",status="200"'
        admitted = int(count * FAULTS.get("counted", 1))
        below = 0
        for edge in EDGES:
            below += buckets[route, edge]
            le = "+Inf" if edge == float("inf") else edge
            lines.append(f'{name}_bucket{{{labels},le="{le}"}} {below}')
        lines.append(f"{name}_count{{{labels}}} {admitted}")
        lines.append(f"{name}_sum{{{labels}}} 1.0")
    return "\n".join(lines) + "\n"


async def stall():
    every = FAULTS.get("stall_every")
    if every:
        into = (time.time() - STARTED) % every
        await asyncio.sleep(max(0.0, FAULTS["stall_for"] - into))


async def read(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def respond(send, status, body, kind=b"application/json"):
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/metrics":
        await respond(send, 200, metrics().encode(), b"text/plain")
        return
    began = time.perf_counter()
    raw = await read(receive)
    route = route_of(scope["method"], scope["path"])
    await stall()
    query = parse_qs(scope["query_string"].decode())
    answer = ANSWERS.get(route, nothing)
    status, body = answer(scope["path"], query, json.loads(raw or b"null"))
    if scope["method"] == "GET" and next(served) * FAULTS.get(
        "errors", 0
    ) % 1 < FAULTS.get("errors", 0):
        status, body = 500, {"error": {"code": "broken"}}
    if refuses(route):
        status, body = 401, {"error": {"code": "unauthenticated"}}
    counts[route] += 1
    took = time.perf_counter() - began
    buckets[route, next(edge for edge in EDGES if took <= edge)] += 1
    await respond(send, status, b"" if body is None else json.dumps(body).encode())


if __name__ == "__main__":
    os.environ["STUB_FAULTS"] = sys.argv[2]
    Granian(
        "stub:app", port=int(sys.argv[1]), interface=Interfaces.ASGI, log_enabled=False
    ).serve()
