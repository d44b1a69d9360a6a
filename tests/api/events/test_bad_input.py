"""Bad input: a 4xx in the one format that names the field, and nothing written."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

EVENTS = "/api/v1/events"


def event(client_id: str = "", **fields) -> dict:
    return {
        "client_id": client_id or str(uuid4()),
        "type": "note.created",
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        **fields,
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 200_000, "body"),
        (event(client_id="x" * 129), "client_id"),
        (event(client_id="a\0b"), "client_id"),
        (event(type="Upper"), "type"),
        (event(type="a\n"), "type"),
        (event(type="a" * 65), "type"),
        (event(tool=""), "tool"),
        (event(actor="\0"), "actor"),
        (event(occurred_at="2026-11-20T10:00:00"), "occurred_at"),
        (event(occurred_at="9999-12-31T23:59:59-12:00"), "occurred_at"),
        (event(occurred_at="0001-01-01T00:00:00+14:00"), "occurred_at"),
        (event(properties={"a": "\0"}), "properties"),
        (event(properties={"\0": 1}), "properties"),
        (event(properties={"a": "x" * 16_400}), "properties"),
        (event(properties={str(n): n for n in range(5_000)}), "properties"),
        (event(properties=[]), "properties"),
        (event(colour="red"), "colour"),
        ({"type": "a", "client_id": "b"}, "occurred_at"),
        (msgspec.json.encode(event()).replace(b'"note', b'"\\ud800note'), "body"),
    ],
)
async def test_bad_input_is_refused_by_field_and_nothing_is_written(
    send, get, body, field, fields_of
):
    answer = await send(body)

    assert answer.status_code == 400
    assert fields_of(answer) == [field]
    assert (await get()).json()["data"] == []


@pytest.mark.parametrize(
    "value", [b"1e309", b"-1e400", b"9" * 5_000, b"[" * 200 + b"]" * 200]
)
async def test_a_property_that_no_database_can_hold_is_refused(send, value, fields_of):
    body = msgspec.json.encode(event(properties={"a": 1}))

    answer = await send(body.replace(b'{"a":1}', b'{"a":' + value + b"}"))

    assert answer.status_code == 400
    assert fields_of(answer)[0].startswith("properties")


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": [1] * 1_001}, []])
async def test_a_batch_that_is_none_is_refused(send, body):
    assert (await send(body, EVENTS + "/batch")).status_code == 400


async def test_a_body_over_a_mebibyte_is_refused(send):
    assert (await send(b"x" * (1024 * 1024 + 1))).status_code == 413


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


def as_doubles(value):
    """Compare numbers as JSON's readers do: 1e17 and 100000000000000000 are one."""
    if isinstance(value, dict):
        return {key: as_doubles(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_doubles(one) for one in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else value


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.lists(json_values, min_size=20, max_size=40))
async def test_any_json_is_kept_as_it_came_or_refused(values, send, get):
    body = {"events": [event(properties={"value": value}) for value in values]}

    answer = await send(body, EVENTS + "/batch")

    assert answer.status_code == 200
    for value, result in zip(values, answer.json()["results"], strict=True):
        if result["status"] == "rejected":
            assert result["error"]["details"][0]["field"].startswith("properties")
            continue
        found = await get(f"{EVENTS}/{result['id']}")
        kept = msgspec.json.decode(found.content)["properties"]["value"]
        assert as_doubles(kept) == as_doubles(value)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"sort": "type"}, "sort"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-20T10:00:00"}, "from"),
        ({"type": "a\0"}, "type"),
        ({"type": ""}, "type"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "ü" * 40}, "cursor"),
        ({"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, "from"),
    ],
)
async def test_a_bad_filter_is_refused_by_name(get, params, field, fields_of):
    answer = await get(params=params)

    assert answer.status_code == 400
    assert fields_of(answer) == [field]
