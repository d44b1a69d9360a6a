"""The events routes as a client meets them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

EVENTS = "/api/v1/events"
UNKNOWN_ID = "3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b"


async def test_an_event_is_accepted_once_then_a_duplicate_then_a_conflict(
    send, event, fields_of
):
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


async def test_what_was_written_can_be_read_after_its_position(send, get, event):
    written = await send(event(properties={"a": [1, 2]}))
    position = written.headers["Holdfast-Position"]

    listed = await get(**{"Read-After": position})
    found = await get(f"{EVENTS}/{written.json()['id']}", **{"Read-After": position})

    assert listed.json()["data"] == [found.json()]
    assert found.json()["properties"] == {"a": [1, 2]}
    assert listed.headers["Holdfast-Served-By"] in {"primary", "replica"}


@pytest.mark.parametrize("relaxed", [False, True])
async def test_a_list_that_did_not_change_is_not_sent_again(send, get, relaxed, event):
    async def read_after(written, **headers):
        position = {"Read-After": written.headers["Holdfast-Position"]}
        return await get(**(position if relaxed else {}), **headers)

    before = await send(event())
    tag = {"If-None-Match": (await read_after(before)).headers["ETag"]}

    same = await read_after(before, **tag)
    changed = await read_after(await send(event()), **tag)

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200


async def test_a_batch_says_what_became_of_each(send, get, event):
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


async def test_a_page_leads_to_the_next(send, get, event, fields_of):
    await send({"events": [event() for _ in range(5)]}, EVENTS + "/batch")

    first = (await get(params={"limit": 3})).json()
    cursor = {"limit": 3, "cursor": first["next_cursor"]}
    second = (await get(params=cursor)).json()
    foreign = await get(params={**cursor, "type": "a"})

    ids = {one["id"] for one in first["data"] + second["data"]}
    assert (len(ids), second["next_cursor"]) == (5, None)
    assert (foreign.status_code, fields_of(foreign)) == (400, ["cursor"])


async def test_a_key_repeats_the_answer_and_refuses_another_body(send, get, event):
    one, key = event(), {"Idempotency-Key": uuid4().hex}

    first, again = await send(one, **key), await send(one, **key)
    other = await send(event(), **key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert other.status_code == 422
    assert len((await get()).json()["data"]) == 1


async def test_many_keyed_requests_at_once_do_not_starve_the_writer(send, event):
    answers = await asyncio.gather(
        *(send(event(), **{"Idempotency-Key": uuid4().hex}) for _ in range(60))
    )

    assert {answer.status_code for answer in answers} == {201}


async def test_counts_and_reports_over_http(send, get, event):
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


async def test_another_tenant_meets_nothing(send, client, register, event):
    mine = (await send(event("shared-id"))).json()["id"]
    stranger = await register("Eve")

    listed = await client.get(EVENTS, headers=stranger.headers)
    found = await client.get(f"{EVENTS}/{mine}", headers=stranger.headers)
    same = await client.post(EVENTS, json=event("shared-id"), headers=stranger.headers)

    assert listed.json()["data"] == []
    assert found.status_code == 404
    assert same.status_code == 201


@pytest.mark.parametrize(
    "path", ["", "/rollups", f"/{UNKNOWN_ID}", f"/reports/{UNKNOWN_ID}"]
)
async def test_nobody_reads_without_a_credential(client, path):
    answer = await client.get(EVENTS + path)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthenticated"
