"""The events routes as a client meets them."""

import asyncio
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


@pytest.fixture
def send(client, account):
    """Send one event, as a struct or as raw bytes."""

    async def post(body, path=EVENTS, **headers):
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await client.post(
            path, content=content, headers={**account.headers, **headers}
        )

    return post


@pytest.fixture
def get(client, account):
    """Read something as the account."""

    async def read(path=EVENTS, params=None, **headers):
        return await client.get(
            path, params=params, headers={**account.headers, **headers}
        )

    return read


def fields_of(answer) -> list[str]:
    return [detail["field"] for detail in answer.json()["error"]["details"]]


async def test_an_event_is_accepted_once_then_a_duplicate_then_a_conflict(send):
    one = event("one")

    first, again = await send(one), await send(one)
    other = await send({**one, "tool": "other"})

    assert first.status_code == 201
    assert first.json()["status"] == "accepted"
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert again.json()["id"] == first.json()["id"]
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "event_conflict"
    assert fields_of(other) == ["client_id"]


async def test_what_was_written_can_be_read_after_its_position(send, get):
    written = await send(event(properties={"a": [1, 2]}))
    position = written.headers["Holdfast-Position"]

    listed = await get(**{"Read-After": position})
    found = await get(f"{EVENTS}/{written.json()['id']}", **{"Read-After": position})

    assert listed.json()["data"] == [found.json()]
    assert found.json()["properties"] == {"a": [1, 2]}
    assert listed.headers["Holdfast-Served-By"] in {"primary", "replica"}


@pytest.mark.parametrize("relaxed", [False, True])
async def test_a_list_that_did_not_change_is_not_sent_again(send, get, relaxed):
    async def read_after(written, **headers):
        position = {"Read-After": written.headers["Holdfast-Position"]}
        return await get(**(position if relaxed else {}), **headers)

    before = await send(event())
    tag = {"If-None-Match": (await read_after(before)).headers["ETag"]}

    same = await read_after(before, **tag)
    changed = await read_after(await send(event()), **tag)

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200


async def test_a_batch_says_what_became_of_each(send, get):
    kept = event("kept")
    await send(kept)
    too_old = (datetime.now(UTC) - timedelta(days=91)).isoformat()
    ahead = (datetime.now(UTC) + timedelta(hours=25)).isoformat()
    items = [
        event("new"),
        kept,
        {**kept, "tool": "x"},
        event("old", occurred_at=too_old),
        event("ahead", occurred_at=ahead),
        event("typed", type="No Type"),
        {"client_id": "bare"},
        7,
    ]

    answer = await send({"events": items}, EVENTS + "/batch")

    view = answer.json()
    assert answer.status_code == 200
    assert [view[name] for name in ("accepted", "duplicate", "rejected")] == [1, 1, 6]
    assert [
        (one["client_id"], one["status"], one.get("error", {}).get("code"))
        for one in view["results"]
    ] == [
        ("new", "accepted", None),
        ("kept", "duplicate", None),
        ("kept", "rejected", "event_conflict"),
        ("old", "rejected", "too_old"),
        ("ahead", "rejected", "in_future"),
        ("typed", "rejected", "invalid"),
        ("bare", "rejected", "invalid"),
        (None, "rejected", "invalid"),
    ]
    assert len((await get()).json()["data"]) == 2


async def test_a_batch_of_nothing_but_bad_events_writes_nothing(send, get):
    answer = await send({"events": [1, 2]}, EVENTS + "/batch")

    assert answer.json()["rejected"] == 2
    assert "Holdfast-Position" not in answer.headers
    assert (await get()).json() == {"data": [], "next_cursor": None}


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
    send, get, body, field
):
    answer = await send(body)

    assert answer.status_code == 400
    assert fields_of(answer) == [field]
    assert (await get()).json()["data"] == []


@pytest.mark.parametrize(
    "value", [b"1e309", b"-1e400", b"9" * 5_000, b"[" * 200 + b"]" * 200]
)
async def test_a_property_that_no_database_can_hold_is_refused(send, value):
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
async def test_a_bad_filter_is_refused_by_name(get, params, field):
    answer = await get(params=params)

    assert answer.status_code == 400
    assert fields_of(answer) == [field]


async def test_a_page_leads_to_the_next(send, get):
    await send({"events": [event() for _ in range(5)]}, EVENTS + "/batch")

    first = (await get(params={"limit": 3})).json()
    cursor = {"limit": 3, "cursor": first["next_cursor"]}
    second = (await get(params=cursor)).json()
    foreign = await get(params={**cursor, "type": "a"})

    ids = {one["id"] for one in first["data"] + second["data"]}
    assert (len(ids), second["next_cursor"]) == (5, None)
    assert (foreign.status_code, fields_of(foreign)) == (400, ["cursor"])


async def test_a_key_repeats_the_answer_and_refuses_another_body(send, get):
    one, key = event(), {"Idempotency-Key": uuid4().hex}

    first, again = await send(one, **key), await send(one, **key)
    other = await send(event(), **key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert other.status_code == 422
    assert len((await get()).json()["data"]) == 1


async def test_many_keyed_requests_at_once_do_not_starve_the_writer(send):
    answers = await asyncio.gather(
        *(send(event(), **{"Idempotency-Key": uuid4().hex}) for _ in range(60))
    )

    assert {answer.status_code for answer in answers} == {201}


async def test_counts_and_reports_over_http(send, get):
    now = datetime.now(UTC)
    await send({"events": [event() for _ in range(4)]}, EVENTS + "/batch")

    counts = (await get(EVENTS + "/rollups")).json()["data"]
    order = {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}
    ordered = await send(order, EVENTS + "/reports")
    found = await get(f"{EVENTS}/reports/{ordered.json()['id']}")

    assert sum(one["count"] for one in counts) == 4
    assert ordered.status_code == 202
    assert ordered.headers["Holdfast-Position"]
    assert found.json() == ordered.json()
    assert (found.json()["state"], found.json()["builds"]) == ("waiting", 0)


async def test_another_tenant_meets_nothing(send, client, register):
    mine = (await send(event("shared-id"))).json()["id"]
    stranger = await register("Eve")

    listed = await client.get(EVENTS, headers=stranger.headers)
    found = await client.get(f"{EVENTS}/{mine}", headers=stranger.headers)
    same = await client.post(EVENTS, json=event("shared-id"), headers=stranger.headers)

    assert listed.json()["data"] == []
    assert found.status_code == 404
    assert same.status_code == 201


@pytest.mark.parametrize("path", ["", "/rollups", f"/{uuid4()}", f"/reports/{uuid4()}"])
async def test_nobody_reads_without_a_credential(client, path):
    answer = await client.get(EVENTS + path)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthenticated"
