"""Kept pages: work saved for those who allow it, and never a page too old."""

import asyncio
from uuid import uuid4

import pytest

from api.events.encoded_reads import read_page
from api.events.freshness import BEGINNING, Freshness, read_freshness
from api.events.list_cache import encoded_page, first_page, invalidate
from api.events.service.listing import EventQuery
from api.events.writes import write_group
from api.kernel import caching
from api.kernel.errors import Invalid
from api.kernel.redis_pipeline import open_connection

pytestmark = pytest.mark.usefixtures("platform")

ANY = Freshness(stale=True)


class Database:
    """Stands for the read: counts how often it is asked, and for what."""

    def __init__(self) -> None:
        self.rows = b"[]"
        self.asked: list[Freshness] = []

    async def read(self, freshness: Freshness):
        self.asked.append(freshness)
        await asyncio.sleep(0)
        return encoded_page(self.rows, "primary")


@pytest.fixture
def source():
    return Database()


@pytest.fixture
def ask(cache, source, organization):
    """Ask for the page under some freshness."""

    async def first(freshness=ANY, *, cache=cache):
        return await first_page(
            cache,
            organization=organization,
            digest=b"12345678",
            freshness=freshness,
            supply=source.read,
        )

    return first


@pytest.fixture
def wipe(cache_url):
    """Lose all that the cache holds."""

    async def flush() -> None:
        connection = await open_connection(cache_url, timeout_seconds=5)
        await connection.execute(("FLUSHALL",))
        connection.abort()

    return flush


async def test_the_second_caller_is_served_from_the_cache(ask, source):
    first, second = await ask(), await ask()

    assert (first.source, second.source) == ("primary", "cache")
    assert (second.body, second.etag) == (first.body, first.etag)
    assert len(source.asked) == 1


async def test_an_announced_write_makes_every_kept_page_outdated(
    ask, source, cache, organization
):
    await ask()
    source.rows = b"[1]"
    await invalidate(cache, [organization], "0/20")

    assert (await ask()).body == b"[1]"


async def test_another_tenants_write_leaves_the_page_alone(ask, cache):
    await ask()
    await invalidate(cache, [uuid4()], "0/20")

    assert (await ask()).source == "cache"


async def test_a_caller_never_gets_a_page_older_than_its_position(
    ask, cache, organization
):
    """Its write was committed, and the announcement was lost."""
    await invalidate(cache, [organization], "0/20")
    await ask()

    assert (await ask(Freshness(position="0/20"))).source == "cache"
    assert (await ask(Freshness(position="0/21"))).source == "primary"
    assert (await ask(Freshness(position="0/21"))).source == "cache"


async def test_a_page_is_read_at_least_as_fresh_as_its_version_promises(
    ask, source, cache, organization
):
    """Or a replica that lags could fill the cache for callers who expect more."""
    await invalidate(cache, [organization], "0/20")

    await ask(ANY)

    assert source.asked == [Freshness(position="0/20")]


async def test_a_wiped_cache_is_a_miss_and_old_versions_do_not_come_back(
    ask, source, organization, cache, wipe
):
    await invalidate(cache, [organization], BEGINNING)
    before = await ask()
    await wipe()
    source.rows = b"[1]"

    after = await ask()

    assert after.body == b"[1]"
    assert after.etag != before.etag


async def test_without_a_cache_everybody_gets_an_answer(ask):
    gone = caching.Cache("redis://127.0.0.1:1/0")

    answers = [await ask(cache=gone) for _ in range(5)]

    assert {one.source for one in answers} == {"primary"}
    await gone.stop()


async def test_callers_at_the_same_time_share_one_read(ask, source, cache):
    gone = caching.Cache("")

    await asyncio.gather(*(ask(cache=gone) for _ in range(20)))
    await asyncio.gather(*(ask(cache=cache) for _ in range(20)))

    assert len(source.asked) <= 3


async def test_a_large_page_is_not_kept(ask, source):
    source.rows = b"x" * 300_000
    await ask()

    assert (await ask()).source == "primary"


async def test_who_says_nothing_is_answered_by_the_primary(organization, now):
    query = EventQuery(organization=organization)
    for _ in range(2):
        page = await read_page(query, freshness=Freshness(), now=now)
        assert page.source == "primary"


async def test_a_writer_reads_its_write_through_the_cache(item_of, organization, now):
    query = EventQuery(organization=organization)
    for _ in range(5):
        item = item_of()
        written = await write_group([item])
        wanted = Freshness(position=written.position)
        page = await read_page(query, freshness=wanted, now=now)
        again = await read_page(query, freshness=wanted, now=now)

        assert str(item.id).encode() in page.body
        assert (again.source, again.body) == ("cache", page.body)


def test_the_header_is_a_position_or_any():
    assert read_freshness(None) == Freshness()
    assert read_freshness("any") == ANY
    assert read_freshness("16/B374D848") == Freshness(position="16/B374D848")


@pytest.mark.parametrize("header", ["", "x", "0", "1/2/3", "g/1", "123456789/0"])
def test_any_other_header_is_refused_by_name(header):
    with pytest.raises(Invalid) as refusal:
        read_freshness(header)
    assert refusal.value.details[0].field == "Read-After"
