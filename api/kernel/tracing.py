"""Spans, created by hand: the sampling decision comes before any other work.

Stock instrumentation collects a span's attributes before the sampling decision, so at a
ratio of one percent it still costs half of its full price. Here a request that is not
sampled pays for one decision, and no span is built below it.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from random import random
from typing import Protocol

from msgspec import Struct
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from api.kernel import context
from api.kernel.context import Parent
from api.settings import Settings

Attributes = Mapping[str, str | int | float]

_NO_SPAN: AbstractContextManager[None] = nullcontext()
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Exporter(Protocol):
    """Exports finished spans in the background."""

    tracer: Tracer

    def stop(self) -> None:
        """Flush the queued spans within a bounded time."""


class Sampling(Struct):
    """The exporter, if tracing is on, and the ratio of new traces to sample."""

    exporter: Exporter | None = None
    share: float = 0.0

    def wants(self, parent: Parent | None) -> bool:
        """Return the caller's decision; without a caller, sample by the ratio."""
        return random() < self.share if parent is None else parent.sampled  # noqa: S311 - a sample, not a secret


_sampling = Sampling()
_span: ContextVar[Span | None] = ContextVar("span", default=None)


def start(settings: Settings, *, service: str) -> None:
    """Start tracing if an OTLP endpoint is set; connects to nothing yet."""
    if not settings.otlp_endpoint:
        return
    # Imported lazily: the import adds a tenth of a second to every start.
    otlp = importlib.import_module("api.kernel.otlp")
    use(otlp.make_exporter(settings, service=service), settings.trace_share)


def use(exporter: Exporter | None, share: float) -> None:
    """Sample this share of new traces into the exporter; None turns tracing off."""
    _sampling.exporter, _sampling.share = exporter, share


def stop() -> None:
    """Turn tracing off and flush the exporter; bounded in time."""
    exporter, _sampling.exporter = _sampling.exporter, None
    if exporter is not None:
        exporter.stop()


def current_span() -> Span | None:
    """Return the recorded span of this context; None when nothing is recorded."""
    return _span.get()


def start_entry_span(header: str | None, name: str, kind: SpanKind) -> Span | None:
    """Continue the trace of the header, or begin one; None when it is not sampled.

    The span becomes the current one of this context. The caller must end it.
    """
    parent = context.read_parent(header) if header else None
    exporter = _sampling.exporter
    if exporter is None or not _sampling.wants(parent):
        _span.set(None)
        context.traceparent.set(context.hop(parent))
        return None
    remote = _remote(parent) if parent else None
    around = set_span_in_context(NonRecordingSpan(remote)) if remote else None
    span = exporter.tracer.start_span(name, context=around, kind=kind)
    _span.set(span)
    context.traceparent.set(traceparent_of(span))
    return span


@contextmanager
def batch_span(
    spans: Sequence[Span], name: str, attributes: Attributes
) -> Iterator[Span | None]:
    """Record work for several spans: child of the first, linked to the others."""
    exporter = _sampling.exporter
    if exporter is None or not spans:
        yield None
        return
    links = [Link(one.get_span_context()) for one in spans[1:]]
    span = exporter.tracer.start_span(
        name,
        context=set_span_in_context(spans[0]),
        attributes=attributes,
        links=links,
    )
    with _activated(span):
        yield span


@contextmanager
def entry_span(header: str | None, name: str, kind: SpanKind) -> Iterator[Span | None]:
    """Do the same as start_entry_span for the block, and end the span."""
    before = _span.get(), context.traceparent.get()
    span = start_entry_span(header, name, kind)
    try:
        yield span
    finally:
        if span is not None:
            span.end()
        _span.set(before[0])
        context.traceparent.set(before[1])


def child_span(
    name: str, kind: SpanKind, attributes: Attributes
) -> AbstractContextManager[Span | None]:
    """Return the context of a child of the current span; of None without one."""
    around, exporter = _span.get(), _sampling.exporter
    if around is None or exporter is None:
        return _NO_SPAN
    return _activated(
        exporter.tracer.start_span(
            name, context=set_span_in_context(around), kind=kind, attributes=attributes
        )
    )


@contextmanager
def _activated(span: Span) -> Iterator[Span]:
    """Make a span the current one for the block, then end it."""
    token = _span.set(span)
    try:
        yield span
    except BaseException as error:
        mark_failed(span, error)
        raise
    finally:
        _span.reset(token)
        span.end()


def record_span(
    parent: Parent, name: str, kind: SpanKind, attributes: Attributes, *, began: int
) -> None:
    """Record work that ended now, below a remote span; `began` in nanoseconds."""
    exporter = _sampling.exporter
    if exporter is None or not parent.sampled:
        return
    around = set_span_in_context(NonRecordingSpan(_remote(parent)))
    exporter.tracer.start_span(
        name, context=around, kind=kind, attributes=attributes, start_time=began
    ).end()


def mark_failed(span: Span, error: BaseException) -> None:
    """Mark a span as failed with the error's type; messages may hold personal data."""
    span.set_attribute("error.type", type(error).__qualname__)
    if state := getattr(error, "sqlstate", None):
        span.set_attribute("db.response.status_code", state)
    span.set_status(StatusCode.ERROR)


def traceparent() -> str | None:
    """Return the traceparent of the current span, for example for a job row."""
    span = _span.get()
    return context.traceparent.get() if span is None else traceparent_of(span)


def messaging_attributes(
    operation: str, queue: str, actor: str
) -> dict[str, str | int | float]:
    """Return OpenTelemetry's messaging attributes of one operation on a job."""
    return {
        "messaging.system": "holdfast",
        "messaging.operation.name": operation,
        "messaging.operation.type": "process" if operation == "process" else "send",
        "messaging.destination.name": queue,
        "holdfast.job.actor": actor,
    }


def exemplar(span: Span | None) -> dict[str, str] | None:
    """Return the exemplar labels that link a measurement to its span, if recorded."""
    if span is None:
        return None
    own = span.get_span_context()
    return {"trace_id": f"{own.trace_id:032x}", "span_id": f"{own.span_id:016x}"}


def traceparent_of(span: Span) -> str:
    """Return the traceparent of a recorded span."""
    own = span.get_span_context()
    return f"00-{own.trace_id:032x}-{own.span_id:016x}-01"


def _remote(parent: Parent) -> SpanContext:
    return SpanContext(
        int(parent.trace_id, 16), int(parent.span_id, 16), True, _SAMPLED
    )
