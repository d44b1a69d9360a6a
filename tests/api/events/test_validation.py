"""What is accepted, and that the same content has the same digest."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.decoding import decode_event
from api.events.errors import IN_FUTURE, TOO_OLD, Rejection
from api.events.limits import AHEAD, PROPERTIES_BYTES, PROPERTIES_DEPTH, RETENTION
from api.events.validation import accept
from api.events.writes import NewEvent

NOW = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the hour that repeats in Europe
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def judge(request_of):
    """Judge an event of the given fields."""

    def accepted(**fields):
        fields.setdefault("occurred_at", NOW)
        return accept(request_of("one", **fields), organization=uuid4(), now=NOW)

    return accepted


@pytest.mark.parametrize(
    ("occurred_at", "rejection"),
    [
        (NOW - RETENTION, None),
        (NOW - RETENTION - MOMENT, TOO_OLD),
        (NOW + AHEAD, None),
        (NOW + AHEAD + MOMENT, IN_FUTURE),
    ],
)
def test_the_window_is_the_retention_and_a_day_ahead(judge, occurred_at, rejection):
    found = judge(occurred_at=occurred_at)

    assert found == rejection if rejection else isinstance(found, NewEvent)


def test_the_same_moment_in_another_zone_is_the_same_content(judge):
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))

    items = [judge(occurred_at=NOW.astimezone(zone)) for zone in (UTC, summer, winter)]

    assert len({item.digest for item in items}) == 1
    assert {item.occurred_at.tzinfo for item in items} == {UTC}


def test_the_order_of_properties_does_not_matter_and_all_else_does(judge):
    one = judge(properties={"a": 1, "b": [1, 2]})

    assert judge(properties={"b": [1, 2], "a": 1}).digest == one.digest
    for fields in (
        {"properties": {"a": 1, "b": [2, 1]}},
        {"properties": {"a": "1", "b": [1, 2]}},
        {"properties": {"a": 1, "b": [1, 2]}, "tool": "x"},
        {"properties": {"a": 1, "b": [1, 2]}, "actor": "x"},
        {"properties": {"a": 1, "b": [1, 2]}, "type": "x"},
        {"properties": {"a": 1, "b": [1, 2]}, "occurred_at": NOW + MOMENT},
    ):
        assert judge(**fields).digest != one.digest


def test_tool_and_actor_are_not_mistaken_for_each_other(judge):
    assert judge(tool="x").digest != judge(actor="x").digest


def nested(depth: int) -> dict:
    value: dict = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("properties", "taken"),
    [
        ({"a": "x" * (PROPERTIES_BYTES - len('{"a":""}'))}, True),
        ({"a": "x" * (PROPERTIES_BYTES - len('{"a":""}') + 1)}, False),
        (nested(PROPERTIES_DEPTH), True),
        (nested(PROPERTIES_DEPTH + 1), False),
        ({"wide": [[] for _ in range(100)]}, True),
        ({"a": "\\u0000 spelt out"}, True),
        ({"a": ["\0"]}, False),
        ({"a": {"\0": 1}}, False),
    ],
)
def test_properties_are_bounded_in_size_and_depth_and_hold_no_nul(
    judge, properties, taken
):
    assert isinstance(judge(properties=properties), NewEvent) == taken


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_crash(body):
    assert isinstance(decode_event(body), Rejection)


@given(
    st.dictionaries(
        st.sampled_from(
            ["client_id", "type", "occurred_at", "tool", "properties", "x"]
        ),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers()),
    )
)
def test_no_json_makes_reading_crash(value):
    try:
        body = msgspec.json.encode(value)
    except UnicodeEncodeError:
        return
    found = decode_event(body)

    assert isinstance(found, Rejection)
    assert found.details[0].field
