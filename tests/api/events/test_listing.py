"""The list: allow-listed filters, keyset pages, cursors bound to their list."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.encoded_reads import read_event, read_page
from api.events.errors import EventMissing
from api.events.freshness import Freshness
from api.events.service.listing import Event, EventQuery, select_page
from api.events.writes import store
from api.kernel.errors import Invalid
from api.kernel.identifiers import uuid7
from api.kernel.paging import Page, encode_cursor

pytestmark = pytest.mark.usefixtures("platform")

STRICT = Freshness()


async def page_of(query: EventQuery, now: datetime) -> Page[Event]:
    listing = await read_page(query, freshness=STRICT, now=now)
    return msgspec.json.decode(listing.body, type=Page[Event])


async def walk(query: EventQuery, now: datetime) -> list[UUID]:
    found: list[UUID] = []
    while True:
        page = await page_of(query, now)
        found += [event.id for event in page.data]
        if page.next_cursor is None:
            return found
        query = msgspec.structs.replace(query, cursor=page.next_cursor)


@pytest.fixture
async def stored(item_of, now):
    """Forty events over a month and a half, some at the same moment."""
    items = [
        item_of(
            type=f"type.{number % 3}",
            tool="editor" if number % 4 == 0 else None,
            actor=f"actor-{number % 5}",
            occurred_at=now - timedelta(days=number // 2 + 0.5),
        )
        for number in range(80)
    ]
    await store(items)
    return items


def in_order(items):
    return sorted(items, key=lambda item: (item.occurred_at, item.id), reverse=True)


async def test_pages_hold_every_event_of_thirty_days_once_newest_first(
    stored, organization, now
):
    query = EventQuery(organization=organization, limit=7)

    recent = [one for one in stored if one.occurred_at >= now - timedelta(days=30)]
    assert await walk(query, now) == [one.id for one in in_order(recent)]


async def test_pages_can_be_walked_oldest_first(stored, organization, now):
    query = EventQuery(
        organization=organization,
        limit=7,
        sort="occurred_at",
        since=now - timedelta(days=80),
    )

    assert await walk(query, now) == [one.id for one in reversed(in_order(stored))]


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "type.1"},
        {"tool": "editor"},
        {"actor": "actor-3"},
        {"type": "type.2", "actor": "actor-1", "tool": "editor"},
        {"type": "type.1", "actor": "actor-3"},
        {"type": "absent"},
    ],
)
@pytest.mark.parametrize("sort", ["-occurred_at", "occurred_at"])
async def test_a_filter_shows_exactly_what_matches(
    stored, organization, now, wanted, sort
):
    query = EventQuery(
        organization=organization,
        since=now - timedelta(days=80),
        limit=2,
        sort=sort,
        **wanted,
    )

    matching = [
        one
        for one in stored
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]
    expected = in_order(matching)
    if sort == "occurred_at":
        expected.reverse()
    assert await walk(query, now) == [one.id for one in expected]


async def test_the_window_includes_from_and_excludes_to(stored, organization, now):
    oldest, newest = in_order(stored)[21], in_order(stored)[11]
    query = EventQuery(
        organization=organization, since=oldest.occurred_at, until=newest.occurred_at
    )

    times = {event.occurred_at for event in (await page_of(query, now)).data}

    assert min(times) == oldest.occurred_at
    assert newest.occurred_at not in times


async def test_an_empty_window_is_refused_by_name(organization, now):
    query = EventQuery(organization=organization, since=now, until=now)

    with pytest.raises(Invalid) as refusal:
        await page_of(query, now)

    assert refusal.value.details[0].field == "from"


@pytest.mark.usefixtures("stored")
async def test_a_cursor_of_another_list_is_refused_by_name(organization, now):
    query = EventQuery(organization=organization, limit=2)
    cursor = (await page_of(query, now)).next_cursor
    others = [
        msgspec.structs.replace(query, type="type.1"),
        msgspec.structs.replace(query, sort="occurred_at"),
        msgspec.structs.replace(query, organization=uuid4()),
        msgspec.structs.replace(query, since=now - timedelta(days=3)),
    ]

    for other in others:
        with pytest.raises(Invalid) as refusal:
            await page_of(msgspec.structs.replace(other, cursor=cursor), now)
        assert [one.field for one in refusal.value.details] == ["cursor"]


async def test_a_cursor_survives_another_page_size(stored, organization, now):
    query = EventQuery(organization=organization, limit=2)
    first = await page_of(query, now)

    wider = msgspec.structs.replace(query, limit=3, cursor=first.next_cursor)

    ids = [event.id for event in first.data + (await page_of(wider, now)).data]
    assert ids == [one.id for one in in_order(stored)[:5]]


@given(cursor=st.text(max_size=200))
def test_no_invented_cursor_is_ever_taken(cursor):
    query = EventQuery(organization=uuid4(), cursor=cursor)

    with pytest.raises(Invalid) as refusal:
        select_page(query, now=datetime.now(UTC))

    assert [one.field for one in refusal.value.details] == ["cursor"]


@given(place=st.integers(0, 60), bit=st.integers(0, 7))
def test_no_edited_cursor_is_ever_taken(place, bit):
    query = EventQuery(organization=uuid4())
    genuine = encode_cursor((datetime.now(UTC), uuid7()), digest=query.digest())
    edited = bytearray(genuine.encode())
    edited[place % len(edited)] ^= 1 << bit

    with pytest.raises(Invalid):
        select_page(
            msgspec.structs.replace(query, cursor=edited.decode("latin-1")),
            now=datetime.now(UTC),
        )


@pytest.mark.usefixtures("stored")
async def test_another_tenant_lists_nothing(now):
    page = await page_of(EventQuery(organization=uuid4()), now)

    assert page == Page([], None)


async def test_one_event_is_found_by_its_id(stored, organization):
    for item in stored[::13]:
        found = await read_event(item.id, organization=organization, freshness=STRICT)
        event = msgspec.json.decode(found.body, type=Event)
        assert (event.id, event.client_id) == (item.id, item.client_id)


@pytest.mark.parametrize(
    "make_id", [uuid4, uuid7, lambda: UUID(int=0), lambda: UUID(int=2**128 - 1)]
)
async def test_an_unknown_id_is_missing(organization, make_id):
    with pytest.raises(EventMissing):
        await read_event(make_id(), organization=organization, freshness=STRICT)


async def test_an_event_of_another_tenant_is_missing(stored):
    with pytest.raises(EventMissing):
        await read_event(stored[0].id, organization=uuid4(), freshness=STRICT)
