"""Taking events in: each is judged, stored at most once, acknowledged when durable."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Raw

from api.events import pages
from api.events.bodies import client_id_of, read_batch, read_event
from api.events.errors import Rejection
from api.events.groups import Groups, Written
from api.events.items import Item, accept
from api.events.schemas import BatchView, IngestedView, ItemError, ItemResult
from api.events.storage import Outcome, Stored, store
from api.kernel import caching
from api.kernel.metrics import EVENTS_INGESTED

_COUNTERS = {
    status: EVENTS_INGESTED.labels(status)
    for status in ("accepted", "duplicate", "rejected")
}


async def write_group(items: Sequence[Item]) -> Written[Outcome]:
    """Store a group and make the kept pages of its organizations outdated."""
    written = await store(items)
    organizations = {item.organization for item in items}
    await pages.announce(caching.handle(), organizations, written.position)
    return written


# Two, so that one group is sent while the other waits for the standby.
groups: Groups[Item, Outcome] = Groups(write_group, writers=2)


async def ingest_event(
    body: bytes, *, organization: UUID, now: datetime
) -> tuple[IngestedView, str | None]:
    """Store one event; returns what became of it and the position to read after.

    Raises EventRefused, EventConflict, and Unavailable when nobody knows.
    """
    item = _judge(body, organization=organization, now=now)
    if isinstance(item, Rejection):
        _COUNTERS["rejected"].inc()
        raise item.failure()
    written = await groups.submit([item])
    outcome = written.outcomes[0]
    _count([outcome])
    if isinstance(outcome, Rejection):
        raise outcome.failure()
    view = IngestedView(outcome.id, item.client_id, outcome.status)
    return view, written.position


async def ingest_batch(
    body: bytes, *, organization: UUID, now: datetime
) -> tuple[BatchView, str | None]:
    """Store a batch; a bad event is rejected and never sinks the others.

    Raises Invalid when the batch itself cannot be read, and Unavailable.
    """
    raw = read_batch(body)
    judged = [_judge(one, organization=organization, now=now) for one in raw]
    items = [one for one in judged if isinstance(one, Item)]
    written = Written[Outcome]([], None)
    if items:
        written = await groups.submit(items)
    stored = iter(written.outcomes)
    outcomes = [next(stored) if isinstance(one, Item) else one for one in judged]
    counts = _count(outcomes)
    results = [
        _result(index, one, outcome, raw[index])
        for index, (one, outcome) in enumerate(zip(judged, outcomes, strict=True))
    ]
    return BatchView(**counts, results=results), written.position


def _judge(body: bytes | Raw, *, organization: UUID, now: datetime) -> Item | Rejection:
    request = read_event(body)
    if isinstance(request, Rejection):
        return request
    return accept(request, organization=organization, now=now)


def _count(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(_COUNTERS, 0)
    for outcome in outcomes:
        counts[outcome.status if isinstance(outcome, Stored) else "rejected"] += 1
    for status, count in counts.items():
        if count:
            _COUNTERS[status].inc(count)
    return counts


def _result(
    index: int, judged: Item | Rejection, outcome: Outcome, raw: Raw
) -> ItemResult:
    client_id = judged.client_id if isinstance(judged, Item) else client_id_of(raw)
    if isinstance(outcome, Stored):
        return ItemResult(index, client_id, outcome.status, id=outcome.id)
    error = ItemError(outcome.code, outcome.message, outcome.details)
    return ItemResult(index, client_id, "rejected", error=error)
