"""Answers of the events routes: encoded bytes and an entity tag."""

from litestar import Response
from litestar.enums import MediaType

from api.events.pages import Listing


def listed(listing: Listing, *, known_tags: str | None) -> Response[bytes]:
    """Answer a read: 304 when the caller holds the very same bytes."""
    headers = {
        "ETag": listing.etag,
        "Holdfast-Served-By": listing.source,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Read-After",
    }
    if known_tags is not None and _names(known_tags, listing.etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(listing.body, headers=headers, media_type=MediaType.JSON)


def _names(header: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 wants it for If-None-Match."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or tags == {"*"}
