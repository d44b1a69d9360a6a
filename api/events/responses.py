"""Answers of the reading routes: encoded bytes and an entity tag."""

from collections.abc import Sequence

from msgspec import Raw

from api.edge.responses import RawResponse, json_response
from api.events.decoding import client_id_of
from api.events.errors import Rejection
from api.events.list_cache import EncodedPage
from api.events.schemas import BatchView, ItemError, ItemResult
from api.events.service.ingestion import IngestedBatch
from api.events.writes import NewEvent, Outcome, Stored

_CONTROL = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"Authorization, Read-After")


def list_response(listing: EncodedPage, *, known_tags: str | None) -> RawResponse:
    """StoredResponse a read: 304 when the caller holds the very same bytes."""
    headers = (
        (b"etag", listing.etag.encode()),
        (b"holdfast-served-by", listing.source.encode()),
        _CONTROL,
        _VARY,
    )
    if known_tags is not None and _names(known_tags, listing.etag):
        return RawResponse(304, list(headers))
    return json_response(200, listing.body, *headers)


def batch_view(
    bodies: Sequence[Raw], events: Sequence[NewEvent | Rejection], batch: IngestedBatch
) -> BatchView:
    """Return the view of an ingested batch: a result for each event, in order."""
    results = [
        _result(index, body, event, outcome)
        for index, (body, event, outcome) in enumerate(
            zip(bodies, events, batch.outcomes, strict=True)
        )
    ]
    return BatchView(**batch.counts, results=results)


def _result(
    index: int, body: Raw, event: NewEvent | Rejection, outcome: Outcome
) -> ItemResult:
    client_id = event.client_id if isinstance(event, NewEvent) else client_id_of(body)
    if isinstance(outcome, Stored):
        return ItemResult(index, client_id, outcome.status, id=outcome.id)
    error = ItemError(outcome.code, outcome.message, outcome.details)
    return ItemResult(index, client_id, "rejected", error=error)


def _names(header: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 wants it for If-None-Match."""
    if header == etag:
        return True
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or tags == {"*"}
