"""Spans by hand: decide first, then build.

Stock instrumentation collects a span's attributes before it asks whether anybody wants
them, and so costs half of its price at one percent. Here a request that is not sampled
pays for one decision; below it, nobody builds anything.
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

_NOTHING: AbstractContextManager[None] = nullcontext()
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Exporter(Protocol):
    """Takes finished spans away, in the background."""

    tracer: Tracer

    def stop(self) -> None:
        """Send what is still here, for a bounded time."""


class Sampling(Struct):
    """Who builds spans, if anybody, and of which share of what nobody decided on."""

    exporter: Exporter | None = None
    share: float = 0.0

    def wants(self, parent: Parent | None) -> bool:
        """Tell whether to record: as the caller decided, else for our own share."""
        return random() < self.share if parent is None else parent.sampled  # noqa: S311 - a sample, not a secret


_sampling = Sampling()
_span: ContextVar[Span | None] = ContextVar("span", default=None)


def start(settings: Settings, *, service: str) -> None:
    """Export spans from now on, if the settings say where to; connects to nothing."""
    if not settings.otlp_endpoint:
        return
    # Imported only where it is used: it costs a tenth of a second of every start.
    exporting = importlib.import_module("api.kernel.exporting")
    use(exporting.open_exporter(settings, service=service), settings.trace_share)


def use(exporter: Exporter | None, share: float) -> None:
    """Give this exporter the spans of this share; None builds no spans."""
    _sampling.exporter, _sampling.share = exporter, share


def stop() -> None:
    """Build no more spans, and send those that were finished; bounded in time."""
    exporter, _sampling.exporter = _sampling.exporter, None
    if exporter is not None:
        exporter.stop()


def current() -> Span | None:
    """Return the span that is recorded around here; None when nothing is."""
    return _span.get()


def enter(header: str | None, name: str, kind: SpanKind) -> Span | None:
    """Continue the caller's trace, or begin one; the span, if this one is recorded.

    It is the current span of this context from now on. The caller ends it.
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
    context.traceparent.set(text_of(span))
    return span


@contextmanager
def shared(
    spans: Sequence[Span], name: str, attributes: Attributes
) -> Iterator[Span | None]:
    """Record work that serves several spans below the first, linked to the others."""
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
    with _made(span):
        yield span


@contextmanager
def entered(header: str | None, name: str, kind: SpanKind) -> Iterator[Span | None]:
    """Do what `enter` does for the length of the block, and end the span."""
    before = _span.get(), context.traceparent.get()
    span = enter(header, name, kind)
    try:
        yield span
    finally:
        if span is not None:
            span.end()
        _span.set(before[0])
        context.traceparent.set(before[1])


def inside(
    name: str, kind: SpanKind, attributes: Attributes
) -> AbstractContextManager[Span | None]:
    """Return the block of a span below the current one; of nothing where none is."""
    around, exporter = _span.get(), _sampling.exporter
    if around is None or exporter is None:
        return _NOTHING
    return _made(
        exporter.tracer.start_span(
            name, context=set_span_in_context(around), kind=kind, attributes=attributes
        )
    )


@contextmanager
def _made(span: Span) -> Iterator[Span]:
    """Make a span the current one for the block, and end it."""
    token = _span.set(span)
    try:
        yield span
    except BaseException as error:
        fail(span, error)
        raise
    finally:
        _span.reset(token)
        span.end()


def note(
    parent: Parent, name: str, kind: SpanKind, attributes: Attributes, *, began: int
) -> None:
    """Record what has just ended, below a span elsewhere; `began` in nanoseconds."""
    exporter = _sampling.exporter
    if exporter is None or not parent.sampled:
        return
    around = set_span_in_context(NonRecordingSpan(_remote(parent)))
    exporter.tracer.start_span(
        name, context=around, kind=kind, attributes=attributes, start_time=began
    ).end()


def fail(span: Span, error: BaseException) -> None:
    """Mark a span as failed by its error's kind; messages may tell of people."""
    span.set_attribute("error.type", type(error).__qualname__)
    if state := getattr(error, "sqlstate", None):
        span.set_attribute("db.response.status_code", state)
    span.set_status(StatusCode.ERROR)


def traceparent() -> str | None:
    """Return what continues the trace from exactly here: in a job row, say."""
    span = _span.get()
    return context.traceparent.get() if span is None else text_of(span)


def messaging(operation: str, queue: str, actor: str) -> dict[str, str | int | float]:
    """Return how OpenTelemetry names a step of a message's way."""
    return {
        "messaging.system": "holdfast",
        "messaging.operation.name": operation,
        "messaging.operation.type": "process" if operation == "process" else "send",
        "messaging.destination.name": queue,
        "holdfast.job.actor": actor,
    }


def exemplar(span: Span | None) -> dict[str, str] | None:
    """Return the labels that lead from a measurement to its span, if there is one."""
    if span is None:
        return None
    own = span.get_span_context()
    return {"trace_id": f"{own.trace_id:032x}", "span_id": f"{own.span_id:016x}"}


def text_of(span: Span) -> str:
    """Return the traceparent of a recorded span."""
    own = span.get_span_context()
    return f"00-{own.trace_id:032x}-{own.span_id:016x}-01"


def _remote(parent: Parent) -> SpanContext:
    return SpanContext(
        int(parent.trace_id, 16), int(parent.span_id, 16), True, _SAMPLED
    )
