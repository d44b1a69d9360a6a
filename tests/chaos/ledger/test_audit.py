"""The ledger against a server that loses, repeats, delays and leaves unanswered."""

import asyncio

import msgspec
import pytest

from chaos.api_client import Unanswered
from chaos.ledger.audit import audit, count_events, find_unfinished
from chaos.ledger.entries import Entry, Write
from chaos.ledger.resolve import Resolution, resolve
from chaos.timeline import now


def event(key):
    return Write(kind="event", keys=(key,), body={"client_id": key, "type": "a.b"})


def batch(*keys):
    body = {"events": [event(key).body for key in keys]}
    return Write(kind="batch", keys=keys, body=body)


def report(key):
    return Write(kind="report", keys=(key,), body={"from": "a", "to": "b"})


@pytest.fixture
def audit_ledger(api, ledger, watcher, client):
    async def take(*, deadline_seconds=60.0, drain_seconds=2.0):
        resolution = await resolve(client, ledger)
        await watcher.drain(until=now() + drain_seconds)
        return await audit(
            api,
            ledger,
            watcher,
            resolution=resolution,
            deadline_seconds=deadline_seconds,
        )

    return take


async def test_a_platform_that_keeps_everything_has_a_clean_audit(client, audit_ledger):
    await client.submit(event("one"))
    await client.submit(batch("two", "three"))
    await client.submit(report("four"))

    found = await audit_ledger()

    assert found.counts() == {
        "acknowledged": 4,
        "lost": 0,
        "duplicate": 0,
        "ghost": 0,
        "late": 0,
        "unfinished": 0,
        "unresolved": 0,
    }
    assert found.examples() == {}


async def test_an_acknowledged_event_that_is_gone_is_lost(faulty, client, audit_ledger):
    faulty.lose = {"gone", "gone too"}
    await client.submit(event("gone"))
    await client.submit(batch("kept", "gone too"))

    found = await audit_ledger()

    assert found.lost == ("gone", "gone too")
    assert found.examples() == {"lost": ["gone", "gone too"]}


async def test_an_event_that_is_stored_twice_is_a_duplicate(
    faulty, client, audit_ledger
):
    faulty.repeat = {"twice"}
    await client.submit(event("twice"))
    await client.submit(event("once"))

    assert (await audit_ledger()).duplicate == ("twice",)


async def test_a_report_unknown_to_the_platform_is_lost(faulty, client, audit_ledger):
    faulty.lose = {"forgotten"}
    await client.submit(report("forgotten"))

    found = await audit_ledger(drain_seconds=0.0)

    assert found.lost == (faulty.by_key["forgotten"],)


async def test_a_report_that_is_done_without_effect_is_lost(
    faulty, client, audit_ledger
):
    faulty.builds = {"hollow": 0}
    await client.submit(report("hollow"))

    assert (await audit_ledger()).lost == (faulty.by_key["hollow"],)


async def test_a_report_that_was_built_twice_is_a_duplicate(
    faulty, client, audit_ledger
):
    faulty.builds = {"eager": 2}
    await client.submit(report("eager"))

    assert (await audit_ledger()).duplicate == (faulty.by_key["eager"],)


async def test_a_report_that_is_not_done_is_unfinished_and_not_lost(
    faulty, client, api, ledger, audit_ledger
):
    faulty.done_after_seconds = 3600.0
    await client.submit(report("stuck"))

    found = await audit_ledger(drain_seconds=0.0)

    assert (found.unfinished, found.lost) == ((faulty.by_key["stuck"],), ())
    assert await find_unfinished(api, ledger) == found.unfinished


async def test_a_report_that_is_done_after_the_deadline_is_late(
    faulty, client, audit_ledger
):
    faulty.done_after_seconds = 0.3
    await client.submit(report("slow"))

    found = await audit_ledger(deadline_seconds=0.2)

    assert (found.late, found.unfinished) == ((faulty.by_key["slow"],), ())


async def test_a_failed_write_that_was_stored_is_a_ghost(faulty, client, audit_ledger):
    faulty.fail_after = {"event ghost", "report ghost"}
    await client.submit(event("event ghost"))
    await client.submit(report("report ghost"))
    await asyncio.sleep(0.002)  # a version 7 id has millisecond resolution

    found = await audit_ledger()

    assert found.ghost == ("event ghost", "report ghost")
    assert (found.acknowledged, found.lost, found.unresolved) == (2, (), ())


async def test_a_failed_write_that_was_not_stored_is_no_ghost_once_replayed(
    faulty, client, api, audit_ledger
):
    faulty.fail_before = {"event", "report"}
    await client.submit(event("event"))
    await client.submit(report("report"))

    found = await audit_ledger()

    assert (found.ghost, found.unresolved, found.acknowledged) == ((), (), 2)
    assert await count_events(api) == {"event": 1}


class TestSilence:
    @pytest.fixture
    def timeout_seconds(self):
        return 0.5

    async def test_an_unanswered_write_is_replayed_and_stored_once(
        self, faulty, client, api, ledger, audit_ledger
    ):
        faulty.answer_delay_seconds = 0.8
        with pytest.raises(Unanswered, match="nothing within"):
            await client.submit(event("patient"))
        faulty.answer_delay_seconds = 0.0
        assert ledger.events == {}

        found = await audit_ledger()

        assert (found.acknowledged, found.lost, found.duplicate) == (1, (), ())
        assert await count_events(api) == {"patient": 1}


async def test_a_write_that_was_never_replayed_is_unresolved(
    faulty, client, api, ledger, watcher
):
    faulty.fail_after = {"open"}
    await client.submit(event("open"))

    found = await audit(
        api, ledger, watcher, resolution=Resolution(), deadline_seconds=1.0
    )

    assert (found.unresolved, found.acknowledged) == (("open",), 0)


async def test_events_are_counted_over_all_pages(client, api):
    for number in range(45):
        await client.submit(batch(*(f"{number}-{item}" for item in range(10))))

    assert sum((await count_events(api)).values()) == 450


async def test_the_journal_holds_each_line_before_the_caller_gets_the_response(
    faulty, client, ledger
):
    faulty.fail_before = {"two"}
    lines = []
    for key in ("one", "two"):
        await client.submit(event(key))
        lines.append(ledger.path.read_bytes().splitlines()[-1])

    first, second = (msgspec.json.decode(line, type=Entry) for line in lines)
    assert (first.keys, first.acknowledged, first.told) == (("one",), True, ("one",))
    assert (second.keys, second.acknowledged) == (("two",), False)
    assert second.told[0].startswith("answered 503")
