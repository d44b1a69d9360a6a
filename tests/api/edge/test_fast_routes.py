"""A fast route responds exactly like the same route called through Litestar."""

from datetime import UTC, datetime
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath, RawBody
from litestar.types import ASGIApp, Scope
from prometheus_client import REGISTRY

from api.edge.fast_routes import (
    FAST_ROUTE,
    BodyIncomplete,
    FastRoutes,
    FastRouteUnsuitable,
)
from api.edge.permissions import RouteUndeclared, public
from api.edge.responses import json_response
from api.kernel import clock

EVENTS = "/api/v1/events"
UNKNOWN_ID = "3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b"
COUNT = "holdfast_http_request_duration_seconds_count"
OWN_HEADERS = {"x-request-id", "date"}


@pytest.fixture
def both_ways(client, account):
    """Request a path as it is, and with a final slash, which only Litestar handles."""

    async def ask(method: str, path: str, **given: Any) -> list[Any]:
        headers = given.pop("headers", account.headers)
        return [
            await client.request(method, path + end, headers=headers, **given)
            for end in ("", "/")
        ]

    return ask


def shape_of(answer: Any) -> Any:
    body = answer.json() if answer.content else None
    if body and "error" in body:
        body["error"].pop("request_id")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in OWN_HEADERS and name != "content-length"
    }
    return answer.status_code, headers, body


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (EVENTS, {}, 200),
        (EVENTS, {"limit": "7", "sort": "occurred_at"}, 200),
        (EVENTS, {"limit": "0"}, 400),
        (EVENTS, {"colour": "red"}, 400),
        (EVENTS, {"cursor": "x"}, 400),
        (f"{EVENTS}/{UNKNOWN_ID}", {}, 404),
        (f"{EVENTS}/{'z' * 36}", {}, 404),
    ],
)
async def test_both_ways_respond_alike_to_a_read(both_ways, path, params, status):
    short, long = await both_ways("GET", path, params=params)

    assert short.status_code == status
    assert shape_of(short) == shape_of(long)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"events": []}', b"\xff"])
@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/batch"])
async def test_both_ways_refuse_a_bad_body_alike(both_ways, path, body):
    short, long = await both_ways("POST", path, content=body)

    assert short.status_code == 400
    assert shape_of(short) == shape_of(long)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_both_ways_refuse_an_unknown_caller_alike(both_ways, method, headers):
    short, long = await both_ways(method, EVENTS, headers=headers)

    assert short.status_code == 401
    assert shape_of(short) == shape_of(long)


async def test_both_ways_accept_an_event_alike(both_ways):
    event = {
        "client_id": "one",
        "type": "note.created",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    short, long = await both_ways("POST", EVENTS, json=event)
    found, found_too = await both_ways("GET", f"{EVENTS}/{short.json()['id']}")

    assert (short.status_code, short.json()["status"]) == (201, "accepted")
    assert (long.status_code, long.json()["status"]) == (200, "duplicate")
    assert shape_of(found) == shape_of(found_too)


async def test_another_method_is_still_refused(client, account):
    answer = await client.delete(EVENTS, headers=account.headers)

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        (EVENTS, EVENTS, "200"),
        (f"{EVENTS}/{UNKNOWN_ID}", f"{EVENTS}/{{event_id}}", "404"),
    ],
)
async def test_requests_are_measured_under_the_same_route(
    client, account, path, route, status
):
    """Both count under the route name that the targets and clients use."""
    labels = {"route": route, "method": "GET", "status": status}

    def count() -> float:
        return REGISTRY.get_sample_value(COUNT, labels) or 0

    before = count()
    for end in ("", "/"):
        await client.get(path + end, headers=account.headers)

    assert count() - before == 2


async def test_a_disconnected_client_has_sent_no_body():
    @post("/", guards=[public()], opt=FAST_ROUTE)
    async def take(scope: Scope, body: RawBody) -> ASGIApp:  # noqa: ARG001 - its form
        return json_response(200, body)

    shortcuts = FastRoutes(Litestar([take], openapi_config=None), clock=clock.now)
    messages = iter(
        [
            {"type": "http.request", "body": b'{"a":', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(_: Any) -> None:
        raise AssertionError

    scope: Any = {"type": "http", "method": "POST", "path": "/", "headers": []}
    scope["state"] = {}
    with pytest.raises(BodyIncomplete):
        await shortcuts(scope, receive, send)


def test_a_fast_route_without_a_guard_fails_the_start():
    @get("/", opt=FAST_ROUTE)
    async def show(scope: Scope) -> ASGIApp:  # noqa: ARG001 - its form
        return json_response(200, b"")

    with pytest.raises(RouteUndeclared):
        FastRoutes(Litestar([show], openapi_config=None), clock=clock.now)


def test_a_fast_route_with_unsuitable_parameters_fails_the_start():
    @get("/{name:str}", guards=[public()], opt=FAST_ROUTE)
    async def show(scope: Scope, name: FromPath[str]) -> ASGIApp:  # noqa: ARG001 - its form
        return json_response(200, b"")

    with pytest.raises(FastRouteUnsuitable):
        FastRoutes(Litestar([show], openapi_config=None), clock=clock.now)
