"""Open arrivals that do not wait for responses, and the count in flight."""

import random

import pytest

from chaos.timeline import now, wait_until
from chaos.traffic.load import Load, Rates
from chaos.traffic.requests import Requests

RATES = Rates(writes=60.0, reads=20.0, reports=5.0)


@pytest.fixture
def load(api, client):
    return Load(api, client, Requests("test", random.Random(7)), RATES)  # noqa: S311


async def test_every_kind_arrives_and_the_ledger_holds_what_was_acknowledged(
    load, ledger
):
    async with load:
        kinds = {"write", "read", "report"}
        await wait_until(
            lambda: all(map(load.attempts.successes, kinds)), until=now() + 10
        )

    writes = [a for a in load.attempts.all if a.kind == "write"]
    assert all(a.succeeded for a in load.attempts.all)
    assert len(ledger.events) >= len(writes)
    assert len(ledger.reports) == len(load.attempts.successes("report"))


async def test_slow_responses_do_not_slow_the_arrivals(load, faulty):
    faulty.answer_delay_seconds = 0.4
    async with load:
        busy = await load.wait_until_busy(15, within_seconds=5.0)

    assert busy
    assert load.in_flight == 0
    assert len(load.attempts.in_flight(load.began, now())) == len(load.attempts.all)


def test_only_a_load_that_is_late_itself_has_a_flaw(load):
    for _ in range(50):
        load.attempts.start("write", now())
    sound = load.find_flaws()
    for _ in range(5):
        load.attempts.start("write", now() - 2.0)

    assert sound == []
    assert load.find_flaws() == ["one in a hundred arrivals was 2.0 s late or later"]


class TestSilence:
    @pytest.fixture
    def timeout_seconds(self):
        return 0.5

    async def test_silence_causes_failures_and_unknown_writes(
        self, load, faulty, ledger
    ):
        faulty.answer_delay_seconds = 0.8
        async with load:
            await wait_until(lambda: bool(load.attempts.failed()), until=now() + 10)

        assert set(load.attempts.failures()) == {"nothing within 0.5 s"}
        assert ledger.unknown
        assert ledger.events == {}


def test_requests_never_repeat_a_key_and_follow_the_seed():
    def keys(seed):
        requests = Requests("run", random.Random(seed))  # noqa: S311 - not secret
        return [key for _ in range(200) for key in requests.write().keys]

    assert len(set(keys(1))) == len(keys(1))
    assert keys(1) == keys(1)
