"""One trace covers a request from API to worker, as a real collector received it."""

import re
import secrets
import signal
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.conftest import wait_for
from tests.tracing.collector import Collector
from tests.tracing.conftest import WORKER

# The first build of the collector on a machine takes minutes.
pytestmark = pytest.mark.timeout(900)

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
PASSPHRASE = "canary passphrase of a person"
REPORT = "events.build_report"
EXEMPLAR = re.compile(r'# {span_id="([0-9a-f]{16})",trace_id="([0-9a-f]{32})"}')


def sampled():
    """Return the trace id of a caller that samples, and its header."""
    trace = secrets.token_hex(16)
    return trace, {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}


async def join(web):
    """Register a user and return the headers of their requests."""
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


async def test_a_request_from_api_to_worker_is_one_trace(stage, collector):
    trace, header = sampled()
    async with httpx.AsyncClient(base_url=stage.api.url, timeout=30) as web:
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


async def test_an_exemplar_of_each_histogram_leads_to_its_trace(stage, collector):
    trace, header = sampled()
    async with httpx.AsyncClient(base_url=stage.api.url, timeout=30) as web:
        await order_report(web, await join(web) | header)

    async def is_received():
        names = {span.name for span in collector.trace(trace)}
        return {"POST /api/v1/events/reports", f"process {REPORT}"} <= names

    await wait_for(is_received, seconds=60)
    request = await exemplars(stage.api.metrics, "holdfast_http_request_duration")
    job = await exemplars(stage.worker_metrics, "holdfast_job_duration")

    # A bucket keeps its latest exemplar; earlier ones may remain in other buckets.
    assert (trace, "POST /api/v1/events/reports") in named(collector, request)
    assert (trace, f"process {REPORT}") in named(collector, job)
    assert all(span in {one.id for one in collector.spans()} for _, span in request)


async def exemplars(address, metric):
    """Return the exemplars of a metric's buckets, requested as Prometheus does."""
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with httpx.AsyncClient() as web:
        page = await web.get(address, headers=accept)
    assert "openmetrics" in page.headers["content-type"]
    lines = [line for line in page.text.splitlines() if line.startswith(metric)]
    return {(t, span) for line in lines for span, t in EXEMPLAR.findall(line)}


def named(collector, pairs):
    """Return traces and names of these spans among those the collector received."""
    names = {(span.trace, span.id): span.name for span in collector.spans()}
    return {(trace, names.get((trace, span))) for trace, span in pairs}


async def test_finished_spans_are_sent_before_the_process_ends(programs, collector):
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


async def test_an_unavailable_collector_fails_no_request(programs, tmp_path):
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


def test_an_invalid_setting_fails_the_start_with_one_line(programs):
    program = programs.start(WORKER, "wrong", TRACE_SHARE="2")

    assert program.process.wait(60) == 2
    said = program.log.read_text()
    assert "HOLDFAST_TRACE_SHARE" in said
    assert len(said.splitlines()) == 1
