"""Job tracing: spans and log context that join a job to the request that put it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, StatusCode

from api.kernel import context, tracing
from workers.delivery.publications import Publication
from workers.jobs.claims import Claim


@contextmanager
def context_of(claim: Claim) -> Iterator[None]:
    """Set the ids of the causing request for logs, spans and the jobs put by this one.

    One attempt is one span, a child of the span that put the job. Its database
    statements are children of it.
    """
    tokens = (
        context.request_id.set(claim.request_id),
        context.organization_id.set(claim.organization_id),
    )
    name = f"process {claim.actor}"
    try:
        with tracing.entry_span(claim.traceparent, name, SpanKind.CONSUMER) as span:
            if span is not None:
                about = tracing.messaging_attributes(
                    "process", claim.queue, claim.actor
                )
                span.set_attributes(about)
                span.set_attribute("messaging.message.id", str(claim.id))
                span.set_attribute("holdfast.job.attempt", claim.attempt)
                span.set_attribute("holdfast.job.wait_seconds", claim.waited_seconds)
            yield
    finally:
        context.organization_id.reset(tokens[1])
        context.request_id.reset(tokens[0])


def exemplar(outcome: str) -> dict[str, str] | None:
    """Record the outcome on the attempt's span; return its labels as an exemplar."""
    span = tracing.current_span()
    if span is not None:
        span.set_attribute("holdfast.job.outcome", outcome)
        if outcome != "done":
            span.set_status(StatusCode.ERROR)
    return tracing.exemplar(span)


def record_published(batch: Sequence[Publication], *, began: int) -> None:
    """Add a publish span to the trace of each job that has one.

    `began` is the start of the publication in nanoseconds since the epoch.
    """
    for one in batch:
        parent = context.read_parent(one.traceparent)
        if parent is not None:
            about = tracing.messaging_attributes("publish", one.queue, one.actor)
            about["messaging.message.id"] = str(one.id)
            tracing.record_span(
                parent, f"publish {one.actor}", SpanKind.PRODUCER, about, began=began
            )
