"""Event ids: they sort by receipt and say when the event occurred."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.identifiers import new_event_id, occurred_range
from api.events.limits import AHEAD, RETENTION

moments = st.timedeltas(timedelta(0), timedelta(days=365 * 400)).map(
    lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + passed
)
delays = st.timedeltas(-AHEAD, RETENTION)


@given(received=moments, delay=delays)
def test_an_id_leads_to_the_millisecond_of_its_event(received, delay):
    occurred = received - delay

    window = occurred_range(new_event_id(received, occurred))

    assert window is not None
    start, end = window
    assert start <= occurred < end
    assert end - start == timedelta(milliseconds=1)


@given(received=moments, delay=delays)
def test_an_id_is_a_version_7_uuid_of_its_receipt(received, delay):
    event_id = new_event_id(received, received - delay)

    milliseconds = event_id.int >> 80
    assert (event_id.version, event_id.variant) == (7, "specified in RFC 4122")
    assert milliseconds == (received - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        milliseconds=1
    )


def test_ids_of_the_same_moment_do_not_collide():
    now = datetime.now(UTC)

    assert len({new_event_id(now, now) for _ in range(100_000)}) == 100_000


def test_an_event_of_long_ago_has_no_id():
    now = datetime.now(UTC)

    with pytest.raises(ValueError, match="cannot span"):
        new_event_id(now, now - timedelta(days=200))


@given(st.uuids() | st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number)))
def test_a_foreign_id_leads_nowhere_or_to_some_moment_but_never_fails(event_id):
    window = occurred_range(event_id)

    assert window is None or window[0] < window[1]
