"""A job's place in the trace of the request that caused it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, StatusCode

from api.kernel import context, tracing
from workers.claims import Claim
from workers.publications import Publication


@contextmanager
def context_of(claim: Claim) -> Iterator[None]:
    """Carry the ids of the request that caused the job into logs, spans and new jobs.

    One attempt is one span below the one that put the job; what it asks of the
    database stands below it.
    """
    tokens = (
        context.request_id.set(claim.request_id),
        context.organization.set(claim.organization),
    )
    name = f"process {claim.actor}"
    try:
        with tracing.entered(claim.traceparent, name, SpanKind.CONSUMER) as span:
            if span is not None:
                about = tracing.messaging("process", claim.queue, claim.actor)
                span.set_attributes(about)
                span.set_attribute("messaging.message.id", str(claim.id))
                span.set_attribute("holdfast.job.attempt", claim.attempt)
                span.set_attribute("holdfast.job.wait_seconds", claim.waited_seconds)
            yield
    finally:
        context.organization.reset(tokens[1])
        context.request_id.reset(tokens[0])


def exemplar(outcome: str) -> dict[str, str] | None:
    """Write the outcome on the attempt's span; the labels that lead there."""
    span = tracing.current()
    if span is not None:
        span.set_attribute("holdfast.job.outcome", outcome)
        if outcome != "done":
            span.set_status(StatusCode.ERROR)
    return tracing.exemplar(span)


def note_published(batch: Sequence[Publication], *, began: int) -> None:
    """Record that the broker was told, in the trace of each job that is recorded.

    `began` is when the telling did, in nanoseconds since the epoch.
    """
    for one in batch:
        parent = context.read_parent(one.traceparent)
        if parent is not None:
            about = tracing.messaging("publish", one.queue, one.actor)
            about["messaging.message.id"] = str(one.id)
            tracing.note(
                parent, f"publish {one.actor}", SpanKind.PRODUCER, about, began=began
            )
