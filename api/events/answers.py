"""Answers of the reading routes: encoded bytes and an entity tag."""

from api.edge.responses import RawResponse, json_response
from api.events.pages import Listing

_CONTROL = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"Authorization, Read-After")


def listed(listing: Listing, *, known_tags: str | None) -> RawResponse:
    """Answer a read: 304 when the caller holds the very same bytes."""
    headers = (
        (b"etag", listing.etag.encode()),
        (b"holdfast-served-by", listing.source.encode()),
        _CONTROL,
        _VARY,
    )
    if known_tags is not None and _names(known_tags, listing.etag):
        return RawResponse(304, list(headers))
    return json_response(200, listing.body, *headers)


def _names(header: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 wants it for If-None-Match."""
    if header == etag:
        return True
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or tags == {"*"}
