"""The outbox: a message becomes a job row in the transaction that caused it."""

from datetime import datetime
from uuid import UUID

import msgspec
from opentelemetry.trace import SpanKind

from api.kernel import context, tracing
from api.kernel.identifiers import uuid7
from api.kernel.messages import Message
from api.kernel.transactions import current

#: The relay listens here; the payload is the queue's name.
CHANNEL = "holdfast_jobs"

_PUT = "SELECT put_job($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9)"


async def put(
    message: Message,
    *,
    organization_id: UUID | None,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> UUID:
    """Queue a job that becomes visible if and when the caller's transaction commits.

    `run_at` delays the first attempt. With a `dedupe_key` at most one job of the actor
    waits under it: while one does, its id is returned, and it will not start before
    this transaction ends, so it sees what is written here. Request id and trace of the
    caller go with the job. Postgres refuses another tenant's `organization_id`.
    """
    about = tracing.messaging_attributes("put", message.queue, message.actor)
    with tracing.child_span(f"put {message.actor}", SpanKind.PRODUCER, about):
        job: UUID = await current().fetchval(
            _PUT,
            uuid7(),
            message.actor,
            message.queue,
            organization_id,
            msgspec.json.encode(message).decode(),
            run_at,
            dedupe_key,
            context.request_id.get(),
            tracing.traceparent(),
        )
    return job
