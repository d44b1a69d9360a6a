"""Server errors are reported by the Sentry protocol; client errors and secrets not."""

import secrets
from uuid import uuid4

import httpx
import pytest

from tests.conftest import wait_for
from tests.tracing.conftest import API
from tests.tracing.test_traces import PASSPHRASE, join, sampled, window

LOST_TABLE = "ALTER TABLE event_reports RENAME TO canary_was_event_reports"
FOUND_TABLE = "ALTER TABLE canary_was_event_reports RENAME TO event_reports"
PUT = "SELECT put_job($1, $2, 'default', $3, $4::text::jsonb, NULL, NULL, $5, $6)"


# The first build of the collector on a machine takes minutes.
pytestmark = pytest.mark.timeout(900)


async def test_a_500_is_reported_without_its_message_and_a_4xx_is_not(
    stage, receiver, onlooker
):
    trace, header = sampled()
    own = header | {
        "X-Request-Id": f"report-{secrets.token_hex(8)}",
        "Cookie": "canary",
    }
    async with httpx.AsyncClient(base_url=stage.api.url, timeout=30) as web:
        headers = await join(web)
        theirs = {"X-Request-Id": f"client-{secrets.token_hex(8)}"}
        refused = [
            await web.get("/nothing", headers=theirs),
            await web.get("/api/v1/me", headers=theirs),
            await web.post("/api/v1/auth/login", content=b"{", headers=theirs),
            await web.get(f"/api/v1/events/{uuid4()}", headers=headers | theirs),
        ]
        assert [one.status_code for one in refused] == [404, 401, 400, 404]

        await onlooker.execute(LOST_TABLE)
        try:
            answer = await web.post(
                "/api/v1/events/reports?canary=1", json=window(), headers=headers | own
            )
        finally:
            await onlooker.execute(FOUND_TABLE)
        assert answer.status_code == 500
        organization = (await web.get("/api/v1/me", headers=headers)).json()

    async def is_told():
        return receiver.about(own["X-Request-Id"])

    (event,) = await wait_for(is_told, seconds=60)
    assert receiver.about(theirs["X-Request-Id"]) == []
    assert event["level"] == "error"
    assert event["logentry"]["message"] == "request_crashed"
    assert event["tags"]["service"] == "holdfast-api"
    assert event["tags"]["trace_id"] == trace
    assert event["tags"]["organization_id"] in str(organization)
    assert event["contexts"]["trace"]["trace_id"] == trace
    assert event["release"].startswith("holdfast@")
    assert (event["environment"], event["server_name"]) == ("local", "api-7")
    (error,) = [one for one in event["exception"]["values"] if "stacktrace" in one][-1:]
    assert error["type"] == "UndefinedTableError"
    assert "value" not in error
    frames = error["stacktrace"]["frames"]
    assert any(frame["function"] == "order_report" for frame in frames)
    assert not any("vars" in frame for frame in frames)
    assert "request" not in event
    assert "user" not in event
    for canary in (PASSPHRASE, headers["Authorization"], "does not exist", "canary=1"):
        assert canary.encode() not in receiver.bytes
    assert all("canary-public-key" in key for key in receiver.keys)


@pytest.mark.usefixtures("stage")
async def test_a_dead_job_is_reported_with_the_id_of_its_request(receiver, onlooker):
    trace, header = sampled()
    job, tenant, request = uuid4(), uuid4(), f"caused-{secrets.token_hex(8)}"
    message = f'{{"report_id": "{uuid4()}"}}'
    await onlooker.execute(
        "INSERT INTO organizations (id, name) VALUES ($1, 'canary name')", tenant
    )
    await onlooker.execute(
        PUT, job, "events.build_report", tenant, message, request, header["traceparent"]
    )

    async def is_told():
        return receiver.about(request)

    (event,) = await wait_for(is_told, seconds=60)
    assert event["logentry"]["message"] == "job_dead"
    assert event["exception"]["values"][-1]["type"] == "ReportMissing"
    assert event["tags"] == {
        "actor": "events.build_report",
        "attempt": "1",
        "job": str(job),
        "organization_id": str(tenant),
        "part": "workers.jobs.runner",
        "request_id": request,
        "service": "holdfast-worker",
        "trace_id": trace,
    }


async def test_a_crashing_process_reports_before_it_ends(stage, programs, receiver):
    taken = stage.api.metrics.removeprefix("http://").removesuffix("/metrics")
    crashing = programs.start(API, "api-4", SENTRY_DSN=receiver.dsn, METRICS_BIND=taken)

    assert crashing.process.wait(60) == 1
    (event,) = receiver.named("process_crashed")
    assert event["level"] == "fatal"
    assert event["exception"]["values"][-1]["type"] == "OSError"
    assert "process_crashed" in crashing.log.read_text()
