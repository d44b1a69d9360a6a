"""Event ingestion: an event is stored at most once and acknowledged when durable.

The writer is an argument: it gathers the events of many requests and commits each
group in one statement, so no transaction is opened here.
"""

from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from api.events.errors import Rejection
from api.events.group_commit import Written
from api.events.writes import NewEvent, Outcome, Stored
from api.kernel.metrics import EVENTS_INGESTED

_COUNTERS = {
    status: EVENTS_INGESTED.labels(status)
    for status in ("accepted", "duplicate", "rejected")
}


class EventWriter(Protocol):
    """A writer that returns once the events are durable."""

    async def submit(self, items: Sequence[NewEvent], /) -> Written[Outcome]:
        """Write the events; raises Unavailable."""
        ...


class Ingested(Struct, frozen=True):
    """A stored event, and the position after which a read shows it."""

    id: UUID
    client_id: str
    status: Literal["accepted", "duplicate"]
    position: str | None


class IngestedBatch(Struct, frozen=True):
    """The outcome of each event of a batch, in order, and how many had which status."""

    outcomes: list[Outcome]
    counts: dict[str, int]
    position: str | None


async def ingest_event(event: NewEvent | Rejection, *, writer: EventWriter) -> Ingested:
    """Store one validated event.

    Raises EventRefused, EventConflict, and Unavailable when the outcome is unknown.
    """
    if isinstance(event, Rejection):
        _count([event])
        raise event.failure()
    written = await writer.submit([event])
    outcome = written.outcomes[0]
    _count([outcome])
    if isinstance(outcome, Rejection):
        raise outcome.failure()
    return Ingested(outcome.id, event.client_id, outcome.status, written.position)


async def ingest_batch(
    events: Sequence[NewEvent | Rejection], *, writer: EventWriter
) -> IngestedBatch:
    """Store a batch; a rejected event does not affect the others.

    Raises Unavailable.
    """
    valid = [one for one in events if isinstance(one, NewEvent)]
    written = Written[Outcome]([], None)
    if valid:
        written = await writer.submit(valid)
    stored = iter(written.outcomes)
    outcomes = [next(stored) if isinstance(one, NewEvent) else one for one in events]
    return IngestedBatch(outcomes, _count(outcomes), written.position)


def _count(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(_COUNTERS, 0)
    for outcome in outcomes:
        counts[outcome.status if isinstance(outcome, Stored) else "rejected"] += 1
    for status, count in counts.items():
        if count:
            _COUNTERS[status].inc(count)
    return counts
