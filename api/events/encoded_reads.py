"""Reads of events as encoded bytes: from the list cache, a replica or the primary.

The connection is borrowed here; the service runs its one statement on it.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from api.events.freshness import Freshness
from api.events.list_cache import EncodedPage, encoded_page, first_page
from api.events.service import listing
from api.events.service.listing import EventQuery
from api.kernel import caching
from api.kernel.transactions import reading

_encode = msgspec.json.Encoder().encode


async def read_page(
    query: EventQuery, *, freshness: Freshness, now: datetime
) -> EncodedPage:
    """Return one encoded page; a first page may come from the list cache.

    The cache is used only when `freshness` allows it. Raises Invalid, DatabaseAway.
    """

    async def read(wanted: Freshness) -> EncodedPage:
        async with reading(
            query.organization, min_lsn=wanted.position, stale=wanted.stale
        ) as connection:
            page = await listing.list_events(query, now=now)
        return encoded_page(_encode(page), connection.source)

    if not freshness.relaxed or query.cursor is not None:
        return await read(freshness)
    return await first_page(
        caching.handle(),
        organization=query.organization,
        digest=query.digest() + query.limit.to_bytes(2, "big"),
        freshness=freshness,
        supply=read,
    )


async def read_event(
    event_id: UUID, *, organization: UUID, freshness: Freshness
) -> EncodedPage:
    """Return one encoded event; raises EventMissing, DatabaseAway."""
    async with reading(
        organization, min_lsn=freshness.position, stale=freshness.stale
    ) as connection:
        event = await listing.find_event(event_id, organization=organization)
    return encoded_page(_encode(event), connection.source)
