"""First pages of the event list, kept in the cache for callers that allow it.

Each organization has a version: a random token and the position of the newest
write that was announced. Writers replace it after their commit and before their
answer. A page is good while the version under which it was read still stands; a
caller that names a position is served from the cache only when the version reaches
it. So a cache that is wiped, slow or gone, or an announcement that was lost, costs a
read of the database and never shows a caller less than it may expect.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from hashlib import blake2b
from uuid import UUID

from msgspec import Struct

from api.events.freshness import BEGINNING, Freshness, Source
from api.kernel.caching import Cache, SingleFlight
from api.kernel.lsn import lsn_to_int
from api.kernel.metrics import CACHE_REQUESTS

VERSION_SECONDS = 30
PAGE_SECONDS = 30
_LARGEST_BYTES = 256 * 1024
_TOKEN = 16
_ETAG = 34

_HIT = CACHE_REQUESTS.labels("events", "hit")
_MISS = CACHE_REQUESTS.labels("events", "miss")
_BYPASS = CACHE_REQUESTS.labels("events", "bypass")

_single_flight = SingleFlight()


class EncodedPage(Struct, frozen=True):
    """An encoded page, its entity tag, and who answered."""

    body: bytes
    etag: str
    source: Source


class Version(Struct, frozen=True):
    """What pages of one organization are good for."""

    token: str
    position: str

    @staticmethod
    def at(position: str) -> "Version":
        """Return a version that no page was read under yet."""
        return Version(secrets.token_hex(_TOKEN // 2), position)


Supply = Callable[[Freshness], Awaitable[EncodedPage]]


def encoded_page(body: bytes, source: Source) -> EncodedPage:
    """Return the body with a tag that changes exactly when the body does."""
    return EncodedPage(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', source)


async def invalidate(
    cache: Cache, organizations: Iterable[UUID], position: str | None
) -> None:
    """Make every kept page of these organizations outdated, if the cache is there."""
    entries = {
        _version_name(organization): _pack(Version.at(position or BEGINNING))
        for organization in organizations
    }
    await cache.write(entries, seconds=VERSION_SECONDS)


async def first_page(
    cache: Cache,
    *,
    organization: UUID,
    digest: bytes,
    freshness: Freshness,
    supply: Supply,
) -> EncodedPage:
    """Return the page from the cache, or from `supply`, asked once for all callers.

    `digest` stands for everything that shapes the page.
    """
    page_name = f"events:page:{organization}:{digest.hex()}"
    held = await cache.read([_version_name(organization), page_name])
    if held is None:
        _BYPASS.inc()
        return await _single_flight.run(
            (page_name, freshness), lambda: supply(freshness)
        )

    version = _unpack(held[0])
    if version is None or not _reaches(version, freshness):
        version = await _single_flight.run(
            (_version_name(organization), freshness.position),
            partial(_begin, cache, organization, freshness.position or BEGINNING),
        )
    elif (kept := _page_under(version, held[1])) is not None:
        _HIT.inc()
        return kept
    _MISS.inc()

    async def read_and_keep() -> EncodedPage:
        # At least what the version promises, or the page would be worth less.
        listing = await supply(Freshness(position=version.position))
        if len(listing.body) <= _LARGEST_BYTES:
            value = f"{version.token}{listing.etag}".encode() + listing.body
            await cache.write({page_name: value}, seconds=PAGE_SECONDS)
        return listing

    return await _single_flight.run((page_name, version.token), read_and_keep)


async def _begin(cache: Cache, organization: UUID, position: str) -> Version:
    version = Version.at(position)
    entries = {_version_name(organization): _pack(version)}
    await cache.write(entries, seconds=VERSION_SECONDS)
    return version


def _reaches(version: Version, freshness: Freshness) -> bool:
    if freshness.position is None:
        return True
    return lsn_to_int(version.position) >= lsn_to_int(freshness.position)


def _page_under(version: Version, value: bytes | None) -> EncodedPage | None:
    if value is None or not value.startswith(version.token.encode()):
        return None
    etag = value[_TOKEN : _TOKEN + _ETAG].decode()
    return EncodedPage(value[_TOKEN + _ETAG :], etag, "cache")


def _version_name(organization: UUID) -> str:
    return f"events:version:{organization}"


def _pack(version: Version) -> bytes:
    return f"{version.token}{version.position}".encode()


def _unpack(value: bytes | None) -> Version | None:
    if value is None:
        return None
    text = value.decode()
    return Version(text[:_TOKEN], text[_TOKEN:])
