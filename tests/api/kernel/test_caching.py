"""The cache: values, time limits, circuit breaker, and calls that share a result."""

import asyncio
from time import monotonic
from uuid import uuid4

import pytest
import pytest_asyncio

from api.kernel.caching import (
    BUDGET_SECONDS,
    FAILURES_TO_OPEN,
    OPEN_SECONDS,
    Cache,
    CircuitBreaker,
    SingleFlight,
)
from api.kernel.redis_pipeline import open_connection


@pytest_asyncio.fixture
async def cache(cache_url):
    cache = Cache(cache_url, budget_seconds=5)
    yield cache
    await cache.stop()


async def test_a_written_value_is_read(cache):
    name = uuid4().hex

    assert await cache.write({name: b"value"}, seconds=5)

    assert await cache.read([name, "absent"]) == [b"value", None]


async def test_an_existing_key_can_be_kept(cache):
    name = uuid4().hex
    await cache.write({name: b"first"}, seconds=5)
    await cache.write({name: b"second"}, seconds=5, absent_only=True)

    assert await cache.read([name]) == [b"first"]


@pytest.fixture
async def deaf():
    """A server that accepts and never answers."""

    async def ignore(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"
    server.close()


async def test_a_call_to_a_hanging_server_ends_after_its_budget(deaf):
    cache = Cache(deaf)
    started = monotonic()

    assert await cache.read(["x"]) is None

    assert monotonic() - started < BUDGET_SECONDS * 10
    await cache.stop()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", ""])
async def test_an_unavailable_cache_returns_none_and_never_raises(url):
    cache = Cache(url)

    for _ in range(10):
        assert await cache.read(["x"]) is None
        assert not await cache.write({"x": b"y"}, seconds=1)
    await cache.stop()


async def test_after_some_failures_no_calls_are_sent_for_a_while(deaf):
    cache = Cache(deaf)
    for _ in range(FAILURES_TO_OPEN):
        await cache.read(["x"])
    started = monotonic()

    for _ in range(100):
        assert await cache.read(["x"]) is None

    assert monotonic() - started < BUDGET_SECONDS
    await cache.stop()


async def test_a_burst_shares_the_connection(cache):
    names = [uuid4().hex for _ in range(100)]

    taken = await asyncio.gather(
        *(cache.write({name: b"x"}, seconds=5) for name in names)
    )

    assert taken == [True] * 100


async def test_each_caller_gets_its_own_response(cache):
    names = [uuid4().hex for _ in range(100)]
    await cache.write({name: name.encode() for name in names}, seconds=5)

    asked = [asyncio.ensure_future(cache.read([name])) for name in names]
    await asyncio.sleep(0)
    for impatient in asked[::3]:
        impatient.cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    for name, answer in zip(names, answers, strict=True):
        if not isinstance(answer, asyncio.CancelledError):
            assert answer == [name.encode()]
    assert await cache.read(names[:1]) == [names[0].encode()]


async def test_a_lost_connection_is_reopened(cache, cache_url):
    name = uuid4().hex
    await cache.write({name: b"value"}, seconds=60)
    killer = await open_connection(cache_url, timeout_seconds=5)
    await killer.execute(("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
    killer.abort()

    async with asyncio.timeout(10):
        while await cache.read([name]) != [b"value"]:  # noqa: ASYNC110 - the kernel's pace
            await asyncio.sleep(0.01)


async def test_a_wrong_password_counts_as_unavailable(cache_url):
    cache = Cache(f"redis://nobody:wrong@{cache_url.rpartition('@')[2]}")

    assert await cache.read(["x"]) is None
    await cache.stop()


async def test_an_error_reply_counts_as_unavailable_and_keeps_the_connection(cache):
    assert await cache.read([]) is None
    assert await cache.write({"x": b"y"}, seconds=5)


def test_the_breaker_opens_after_consecutive_failures_and_tries_again():
    now = 100.0
    breaker = CircuitBreaker(lambda: now)
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert not breaker.open

    for _ in range(FAILURES_TO_OPEN):
        breaker.failed()
    assert breaker.open
    now += OPEN_SECONDS
    assert not breaker.open
    breaker.failed()
    assert breaker.open


async def test_concurrent_calls_share_a_result_until_it_arrives():
    flights, taken = SingleFlight(), 0

    async def supply():
        nonlocal taken
        taken += 1
        await asyncio.sleep(0)
        return taken

    together = await asyncio.gather(*(flights.run("a", supply) for _ in range(9)))

    assert together == [1] * 9
    assert await flights.run("a", supply) == 2


async def test_a_cancelled_caller_does_not_cancel_the_shared_call():
    flights, landed = SingleFlight(), asyncio.Event()

    async def supply():
        await landed.wait()
        return "here"

    first = asyncio.ensure_future(flights.run("a", supply))
    second = asyncio.ensure_future(flights.run("a", supply))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    landed.set()

    assert await second == "here"


async def test_a_failed_shared_call_fails_for_all_and_is_not_kept():
    flights = SingleFlight()

    async def fail():
        await asyncio.sleep(0)
        raise LookupError

    async def succeed():
        await asyncio.sleep(0)
        return 1

    together = await asyncio.gather(
        *(flights.run("a", fail) for _ in range(3)), return_exceptions=True
    )

    assert [type(one) for one in together] == [LookupError] * 3
    assert await flights.run("a", succeed) == 1
