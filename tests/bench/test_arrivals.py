import asyncio
from itertools import pairwise

import pytest

from bench.api.offered import doubt_lag
from bench.arrivals import due_times, offer
from bench.exchange import RunAborted, compose

HOST = "127.0.0.1"


def test_arrivals_are_the_same_for_the_same_seed():
    first, again = (due_times(rate=100, seconds=5, seed=7) for _ in range(2))
    other = due_times(rate=100, seconds=5, seed=8)

    assert first == again != other
    assert 350 < len(first) < 650
    assert all(earlier < later for earlier, later in pairwise(first))
    assert first[-1] < 5


async def test_a_stall_delays_every_request_due_during_it(serving, wire):
    """One connection, a stall of half a second: later requests wait as well."""

    async def answer(seen):
        if seen == 1:
            await asyncio.sleep(0.5)
        return wire(200)

    async with serving(answer) as (port, seen):
        request = compose("GET", "/", token="", port=port)
        offered = await offer(
            HOST, port, lambda: request, rate=200, seconds=0.5, seed=1, lines=1
        )

    slow = [one for one in offered.latencies if one > 0.1]
    assert len(offered.latencies) == offered.arrivals == len(seen)
    assert len(slow) > offered.arrivals / 2


async def test_a_wrong_answer_ends_the_arrivals(serving, wire):
    async with serving(lambda seen: wire(400 if seen == 5 else 200)) as (port, _):
        request = compose("GET", "/", token="", port=port)
        with pytest.raises(RunAborted, match="400"):
            await offer(
                HOST, port, lambda: request, rate=200, seconds=0.5, seed=1, lines=4
            )


async def test_a_wrong_answer_ends_them_at_once(serving, wire):
    """The run ends before the remaining requests are sent."""
    async with serving(lambda seen: wire(500 if seen == 3 else 200)) as (port, seen):
        request = compose("GET", "/", token="", port=port)
        with pytest.raises(RunAborted, match="500"):
            await offer(
                HOST, port, lambda: request, rate=50, seconds=600, seed=1, lines=4
            )

    assert len(seen) < 1000


async def test_tolerated_answers_are_counted(serving, wire):
    async with serving(lambda seen: wire(503 if seen % 2 else 200)) as (port, _):
        request = compose("GET", "/", token="", port=port)
        offered = await offer(
            HOST,
            port,
            lambda: request,
            rate=200,
            seconds=0.5,
            seed=1,
            tolerated=range(503, 504),
        )

    assert 0 < offered.refused < offered.arrivals


async def test_a_generator_below_its_rate_is_detected(serving, wire):
    """Far more than one loop can send: the lag shows it, and is a doubt."""
    async with serving(lambda _: wire(200)) as (port, _):
        request = compose("GET", "/", token="", port=port)
        offered = await offer(
            HOST, port, lambda: request, rate=100_000, seconds=0.2, seed=1, lines=4
        )

    lag = sorted(offered.lags)[int(len(offered.lags) * 0.99)]
    assert doubt_lag(lag, 0.1) != []
    assert doubt_lag(0.0, 0.1) == []
