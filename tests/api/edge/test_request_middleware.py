"""Headers of every response, and the metrics and logs of a request."""

import asyncio
import json
from typing import Any

from prometheus_client import REGISTRY

from api.edge.request_middleware import RequestMiddleware
from api.kernel import context, logs

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def test_a_request_id_is_returned_or_generated(client):
    given = await client.get("/health/live", headers={"X-Request-Id": "my-request-1"})
    made = await client.get("/health/live")
    bad = await client.get("/health/live", headers={"X-Request-Id": "a b\tc"})

    assert given.headers["x-request-id"] == "my-request-1"
    assert len(made.headers["x-request-id"]) == 32
    assert bad.headers["x-request-id"] != "a b\tc"


async def test_every_response_has_the_security_headers(client):
    for path in ("/health/live", "/nothing", "/reference", "/api/v1/me"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]
        assert headers["cache-control"]


def count(**labels):
    name = "holdfast_http_request_duration_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_requests_are_counted_by_route_template_and_never_by_path(
    client, account
):
    labels = {
        "route": "/api/v1/organizations/{organization_id}",
        "method": "GET",
        "status": "200",
    }
    before = count(**labels)
    path = f"/api/v1/organizations/{account.organization}"
    await client.get(path, headers=account.headers)
    await client.get("/some/path/of/a/scanner")

    assert count(**labels) == before + 1
    routes = {
        sample.labels["route"]
        for metric in REGISTRY.collect()
        if metric.name == "holdfast_http_request_duration_seconds"
        for sample in metric.samples
    }
    assert not any(account.organization in route for route in routes)
    assert "/some/path/of/a/scanner" not in routes


async def test_requests_in_flight_are_counted(client):
    seen: list[float | None] = []

    def in_flight():
        return REGISTRY.get_sample_value("holdfast_http_requests_in_flight")

    async def look(_scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(in_flight())

    before = in_flight()
    scope: Any = {"type": "http", "method": "GET", "headers": [], "path": "/"}
    await RequestMiddleware(look)(scope, None, None)  # type: ignore[arg-type]
    await client.get("/health/live")

    assert before is not None
    assert seen == [before + 1]
    assert in_flight() == before


async def test_no_response_takes_longer_than_the_deadline():
    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.sleep(60)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for method, code in (("GET", "deadline_exceeded"), ("POST", "outcome_unknown")):
        sent.clear()
        scope: Any = {"type": "http", "method": method, "headers": [], "path": "/"}
        async with asyncio.timeout(2):
            await RequestMiddleware(hang, deadline_seconds=0.05)(scope, receive, send)
        assert sent[0]["status"] == 503
        assert (b"retry-after", b"1") in sent[0]["headers"]
        assert json.loads(sent[1]["body"])["error"]["code"] == code


def test_logs_are_json_with_the_ids_of_their_request(capsys):
    logs.configure(level="INFO", instance="one")
    context.request_id.set("request-1")
    context.traceparent.set(PARENT)

    logs.logger("test").info("something_happened", password="canary", count=3)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert line["event"] == "something_happened"
    assert line["request_id"] == "request-1"
    assert line["trace_id"] == TRACE
    assert line["instance"] == "one"
    assert line["count"] == 3
    assert line["password"] == "***"


async def test_no_secret_is_ever_written_to_the_logs(
    client, account, passphrase, capsys
):
    logs.configure(level="DEBUG", instance="test")
    body = {"email": account.email, "password": passphrase}
    tokens = (await client.post("/api/v1/auth/login", json=body)).json()
    await client.post(
        "/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
    )
    key = await client.post(
        "/api/v1/api-keys",
        headers=account.headers,
        json={"name": "k", "scopes": ["events:read"]},
    )
    await client.get("/api/v1/events", headers={"Authorization": f"Bearer {key}"})
    await client.post("/api/v1/auth/login", json=body | {"password": passphrase + "x"})
    written = capsys.readouterr()
    logs.configure(level="INFO", instance="test")

    for canary in (
        passphrase,
        account.token,
        tokens["access_token"],
        tokens["refresh_token"],
        key.json()["key"],
        "canary-database-password",
    ):
        assert canary not in written.out + written.err
