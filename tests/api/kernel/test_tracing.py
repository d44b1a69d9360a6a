"""The sampling decision, and the attributes that a span has and must not have."""

import asyncio
import secrets
from uuid import UUID

import pytest
from msgspec import Struct
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from api.events.group_commit import GroupCommit, Written
from api.kernel import context, tracing
from api.kernel.query_tracing import summarise
from api.kernel.transactions import reading, transaction

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE}-{SPAN}-01"
NOT_SAMPLED = f"00-{TRACE}-{SPAN}-00"


class Memory:
    """An exporter that keeps finished spans in memory."""

    def __init__(self) -> None:
        self.kept = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self.tracer = provider.get_tracer("test")

    def stop(self) -> None:
        """Keep the spans."""

    def spans(self):
        return {span.name: span for span in self.kept.get_finished_spans()}


@pytest.fixture
def memory():
    exporter = Memory()
    tracing.use(exporter, 0.0)
    yield exporter
    tracing.use(None, 0.0)


@pytest.fixture(autouse=True)
def leave_no_span():
    """A span entered outside a task would be the current one of later tests."""
    yield
    enter(NOT_SAMPLED)


def enter(header):
    return tracing.start_entry_span(header, "GET", SpanKind.SERVER)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_callers_decision_overrides_the_ratio(memory, share):
    tracing.use(memory, share)

    assert enter(SAMPLED) is not None
    assert enter(NOT_SAMPLED) is None


def test_without_a_callers_decision_the_ratio_decides(memory):
    tracing.use(memory, 1.0)
    assert enter(None) is not None
    tracing.use(memory, 0.0)
    assert enter(None) is None

    tracing.use(memory, 0.2)
    taken = sum(enter(None) is not None for _ in range(2_000))
    assert 250 < taken < 550


def test_without_an_exporter_nothing_is_recorded_and_the_trace_continues():
    assert enter(SAMPLED) is None

    continued = str(context.traceparent.get())
    assert continued.startswith(f"00-{TRACE}-")
    assert continued.endswith("-01")
    assert continued != SAMPLED


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "00-zz-zz-00",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        SAMPLED + "-x",
        f"ff-{TRACE}-{SPAN}-01",
    ],
)
def test_a_damaged_header_starts_a_new_trace(header):
    assert enter(header) is None
    assert TRACE not in str(context.traceparent.get())
    assert str(context.traceparent.get()).endswith("-00")


def test_a_recorded_span_continues_its_callers(memory):
    span = enter(SAMPLED)
    span.end()

    (kept,) = memory.kept.get_finished_spans()
    assert format_trace_id(kept.context.trace_id) == TRACE
    assert format_span_id(kept.parent.span_id) == SPAN
    assert context.trace_id() == TRACE
    assert context.traceparent.get() == tracing.traceparent_of(span)


@pytest.mark.usefixtures("memory")
def test_an_unrecorded_request_hides_the_previous_span():
    enter(SAMPLED)
    enter(NOT_SAMPLED)

    assert tracing.current_span() is None
    with tracing.child_span("below", SpanKind.CLIENT, {}) as span:
        assert span is None
    assert tracing.exemplar(tracing.current_span()) is None


@pytest.mark.usefixtures("api_database")
async def test_statements_and_the_commit_are_spans_below_the_current_one(memory):
    secret = "canary-parameter-value"
    with tracing.entry_span(SAMPLED, "GET", SpanKind.SERVER) as server:
        assert server is not None
        async with transaction(None) as connection:
            await connection.fetchval(
                "SELECT count(*) FROM events WHERE actor = $1", secret
            )
        async with reading(None) as connection:
            await connection.fetchrow("SELECT 1 FROM event_tallies LIMIT 1")

    spans = memory.spans()
    assert {"BEGIN", "SELECT events", "COMMIT", "SELECT event_tallies"} <= spans.keys()
    for name in ("BEGIN", "SELECT events", "COMMIT", "SELECT event_tallies"):
        assert spans[name].parent.span_id == server.get_span_context().span_id
        assert spans[name].kind is SpanKind.CLIENT
        assert spans[name].attributes["db.system.name"] == "postgresql"
        assert spans[name].attributes["server.port"]
    assert spans["SELECT events"].attributes["db.operation.name"] == "SELECT"
    assert secret not in "".join(one.to_json() for one in spans.values())


@pytest.mark.usefixtures("api_database")
async def test_the_tenant_in_a_begin_stays_out_of_its_span(memory):
    tenant = "0199c0de-0000-7000-8000-000000000001"
    with tracing.entry_span(SAMPLED, "GET", SpanKind.SERVER):
        async with transaction(UUID(tenant)) as connection:
            await connection.execute("SELECT 1")

    assert "BEGIN" in memory.spans()
    assert tenant not in "".join(one.to_json() for one in memory.spans().values())


@pytest.mark.usefixtures("api_database")
async def test_a_failed_statement_records_its_error_type_and_no_message(memory):
    with (
        pytest.raises(Exception, match="canary"),
        tracing.entry_span(SAMPLED, "GET", SpanKind.SERVER),
    ):
        async with transaction(None) as connection:
            await connection.fetchval("SELECT $1::text::int", "canary")

    failed = memory.spans()["SELECT"]
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes["error.type"] == "InvalidTextRepresentationError"
    assert failed.attributes["db.response.status_code"] == "22P02"
    assert "canary" not in failed.to_json()


@pytest.mark.usefixtures("api_database")
async def test_unrecorded_statements_create_no_span(memory):
    with tracing.entry_span(NOT_SAMPLED, "GET", SpanKind.SERVER):
        async with transaction(None) as connection:
            await connection.fetchval("SELECT 1")

    assert memory.spans() == {}


def test_work_for_several_requests_is_a_child_of_the_first(memory):
    first, second = enter(SAMPLED), enter(f"00-{'a' * 32}-{SPAN}-01")
    assert first is not None
    assert second is not None
    with tracing.batch_span([first, second], "write", {}):
        below = tracing.traceparent()

    written = memory.spans()["write"]
    assert TRACE in str(below)
    assert written.parent.span_id == first.get_span_context().span_id
    assert [one.context.trace_id for one in written.links] == [
        second.get_span_context().trace_id
    ]


async def test_a_group_write_is_recorded_in_the_traces_of_all_callers(memory):
    groups = GroupCommit(write_slowly)
    traces = [secrets.token_hex(16) for _ in range(3)]

    async def submit(trace):
        with tracing.entry_span(f"00-{trace}-{SPAN}-01", trace, SpanKind.SERVER):
            await groups.submit([Empty()])

    await asyncio.gather(*map(submit, traces))

    written = [s for s in memory.kept.get_finished_spans() if s.name == "write group"]
    seen = {
        format_trace_id(context.trace_id)
        for span in written
        for context in (span.context, *(link.context for link in span.links))
    }
    assert seen == set(traces)
    assert len(written) < len(traces)


class Empty(Struct):
    size_bytes: int = 0


async def write_slowly(items):
    await asyncio.sleep(0)
    return Written([None for _ in items], None)


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT put_job($1, $2)", "SELECT put_job"),
        ("SELECT * FROM ingest_events($1)", "SELECT ingest_events"),
        ('INSERT INTO "reports" (id) VALUES ($1)', "INSERT reports"),
        ("\nUPDATE jobs SET state = 'done'\n", "UPDATE jobs"),
        ("WITH back AS (UPDATE jobs SET x = 1) SELECT 1 FROM back", "UPDATE jobs"),
        ("WITH a AS (SELECT 1 FROM events) UPDATE reports SET x", "UPDATE reports"),
        ("WITH a AS (SELECT 1 FROM events FOR UPDATE) SELECT 1", "SELECT events"),
        ("DELETE FROM jobs WHERE id IN (SELECT id FROM dead)", "DELETE jobs"),
        ("SELECT count(*) FROM events WHERE id = $1", "SELECT events"),
        ("SELECT extract(epoch FROM min(run_at)) FROM jobs", "SELECT jobs"),
        ("COMMIT", "COMMIT"),
        ("", ""),
    ],
)
def test_a_statement_is_named_by_operation_and_table(statement, summary):
    assert summarise(statement)[1] == summary
