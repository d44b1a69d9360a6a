"""One trace holds a request's whole way, as a real collector received it."""

import re
import secrets
import signal
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.conftest import free_port, wait_for
from tests.tracing.collector import Collector
from tests.tracing.conftest import RELAY, WORKER

# Building the collector takes minutes where nobody built it before.
pytestmark = pytest.mark.timeout(900)

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
PASSPHRASE = "canary passphrase of a person"
REPORT = "events.build_report"


def sampled():
    """Return a trace id of a caller that records, and its header."""
    trace = secrets.token_hex(16)
    return trace, {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}


async def join(web):
    """Register somebody; the headers of their requests."""
    email = f"{secrets.token_hex(8)}@example.com"
    person = {"email": email, "password": PASSPHRASE, "name": "Ada"}
    answer = await web.post("/api/v1/auth/register", json=person)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def window():
    now = datetime.now(UTC)
    return {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}


async def order_report(web, headers):
    answer = await web.post("/api/v1/events/reports", json=window(), headers=headers)
    assert answer.status_code == 202, answer.text


def below(spans, parent):
    return [span for span in spans if span.parent == parent.id]


def only(spans, name):
    found = [span for span in spans if span.name == name]
    assert len(found) == 1, (name, [span.name for span in spans])
    return found[0]


async def test_the_whole_way_of_a_request_is_one_trace(programs, collector):
    told = {"OTLP_ENDPOINT": collector.endpoint}
    api = await programs.api("api-7", **told)
    programs.start(RELAY, "relay-7", **told)
    programs.start(WORKER, "worker-7", **told)
    trace, header = sampled()
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as web:
        headers = await join(web)
        await order_report(web, headers | header)

    async def is_whole():
        names = {span.name for span in collector.trace(trace)}
        return {f"publish {REPORT}", f"process {REPORT}"} <= names and any(
            span.name.startswith("POST ") for span in collector.trace(trace)
        )

    await wait_for(is_whole, seconds=60)
    spans = collector.trace(trace)

    server = only(spans, "POST /api/v1/events/reports")
    assert (server.kind, server.service) == (SERVER, "holdfast-api")
    assert server.facts["http.response.status_code"] == "202"
    assert server.facts["http.route"] == "/api/v1/events/reports"
    assert server.facts["url.path"] == "/api/v1/events/reports"
    assert server.resource["service.instance.id"] == "api-7"
    assert re.fullmatch(r"\d+\.\d+.*", server.resource["service.version"])

    asked = {span.name for span in below(spans, server)}
    assert {"BEGIN", "INSERT event_reports", "COMMIT", f"put {REPORT}"} <= asked
    assert all(
        span.kind == CLIENT and span.facts["db.system.name"] == "postgresql"
        for span in below(spans, server)
        if not span.name.startswith("put ")
    )

    put = only(spans, f"put {REPORT}")
    assert put.kind == PRODUCER
    assert {span.name for span in below(spans, put)} == {
        "SELECT put_job",
        f"publish {REPORT}",
        f"process {REPORT}",
    }
    published = only(spans, f"publish {REPORT}")
    assert (published.kind, published.service) == (PRODUCER, "holdfast-relay")

    attempt = only(spans, f"process {REPORT}")
    assert (attempt.kind, attempt.service) == (CONSUMER, "holdfast-worker")
    assert attempt.facts["holdfast.job.outcome"] == "done"
    done = {span.name for span in below(spans, attempt)}
    assert {"BEGIN", "UPDATE event_reports", "UPDATE jobs", "COMMIT"} <= done

    for span in spans:
        assert PASSPHRASE not in span.text
        assert "Bearer" not in span.text


async def test_an_exemplar_leads_to_its_trace(programs, collector):
    told = {"OTLP_ENDPOINT": collector.endpoint}
    metrics = f"127.0.0.1:{free_port()}"
    api = await programs.api("api-8", **told)
    programs.start(WORKER, "worker-8", METRICS_BIND=metrics, **told)
    programs.start(RELAY, "relay-8", **told)
    trace, header = sampled()
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as web:
        await order_report(web, await join(web) | header)

    request = "holdfast_http_request_duration_seconds"
    assert await exemplar(api.metrics, request, "202") == trace
    job = await exemplar(f"http://{metrics}/metrics", "holdfast_job_duration", REPORT)
    assert job == trace
    assert await exemplar(api.metrics, request, '"201"', seconds=0) is None

    async def is_received():
        names = {span.name for span in collector.trace(trace)}
        return {"POST /api/v1/events/reports", f"process {REPORT}"} <= names

    await wait_for(is_received, seconds=60)


async def exemplar(address, metric, label, *, seconds=60):
    """Return the trace id in a bucket's exemplar, asked for as Prometheus asks."""
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    found: list[str] = []

    async def is_there():
        async with httpx.AsyncClient() as web:
            try:
                page = await web.get(address, headers=accept)
            except httpx.TransportError:
                return False
        assert "openmetrics" in page.headers["content-type"]
        for line in page.text.splitlines():
            if line.startswith(metric) and label in line and " # {" in line:
                found.extend(re.findall(r'trace_id="([0-9a-f]{32})"', line))
        return bool(found) or not seconds

    await wait_for(is_there, seconds=max(seconds, 1))
    return found[0] if found else None


async def test_what_was_finished_is_sent_before_the_end(programs, collector):
    api = await programs.api("api-9", OTLP_ENDPOINT=collector.endpoint)
    trace, header = sampled()
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as web:
        await web.get("/health/live", headers=header)
    api.program.signal(signal.SIGTERM)
    api.program.process.wait(20)

    async def is_received():
        return [span.name for span in collector.trace(trace)] == ["GET /health/live"]

    await wait_for(is_received)
    assert api.program.process.returncode == 0


async def test_a_collector_that_is_away_costs_no_request(programs, tmp_path):
    away = Collector(tmp_path)
    api = await programs.api("api-10", OTLP_ENDPOINT=away.endpoint, TRACE_SHARE="1")
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as web:
        headers = await join(web)

        async def answered(path):
            return (await web.get(path, headers=headers)).status_code

        await api.program.until_logged("traces_lost")
        codes = {await answered("/api/v1/me") for _ in range(50)}
        trace, header = sampled()
        with away.running():

            async def is_received():
                await web.get("/health/live", headers=header)
                return away.trace(trace)

            await wait_for(is_received, seconds=60)
            await api.program.until_logged("traces_arrive_again")

    assert codes == {200}
    said = api.program.log.read_text()
    assert said.count("traces_lost") == 1
    assert "Traceback" not in said


def test_a_setting_that_is_wrong_stops_the_start_in_one_line(programs):
    program = programs.start(WORKER, "wrong", TRACE_SHARE="2")

    assert program.process.wait(60) == 2
    said = program.log.read_text()
    assert "HOLDFAST_TRACE_SHARE" in said
    assert len(said.splitlines()) == 1
