"""The shelf of connections: what fits best, whose turn it is, what is never lent."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from api.kernel.shelf import Shelf

ADA, BOB, EVE = ((uuid4(), None) for _ in range(3))


class Line:
    """As much of a connection as a shelf asks for."""

    def __init__(self, bound: Any = None) -> None:
        self.bound = bound
        self.closed = False
        self.begun = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.begun

    def terminate(self) -> None:
        self.closed = True


@pytest.fixture
def rested():
    """Make a shelf on which these connections were put one after the other."""

    async def make(*connections: Any, places: int = 3) -> Shelf:
        shelf = Shelf(places)
        for connection in connections:
            assert await shelf.wait() is None
            shelf.fill(connection)
        for connection in connections:
            shelf.put(connection)
        return shelf

    return make


async def test_the_connection_that_is_bound_already_is_chosen(rested):
    first, second, third = Line(ADA), Line(BOB), Line(EVE)
    shelf = await rested(first, second, third)

    assert shelf.take(BOB) is second
    assert (shelf.lent, shelf.idle) == (1, 2)


async def test_without_one_the_longest_at_rest_is_chosen(rested):
    first, second = Line(ADA), Line(BOB)
    shelf = await rested(first, second)

    assert shelf.take(EVE) is first
    shelf.put(first)
    assert shelf.take(None) is second


async def test_who_waits_is_served_in_order_by_what_comes_back(rested):
    connection = Line(ADA)
    shelf = await rested(connection, places=1)
    assert shelf.take(ADA) is connection

    waiting = [asyncio.ensure_future(shelf.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    shelf.put(connection)

    assert await waiting[0] is connection
    assert not waiting[1].done()
    shelf.put(connection)
    assert await waiting[1] is connection


async def test_who_waits_may_open_one_when_another_is_lost(rested):
    connection = Line(ADA)
    shelf = await rested(connection, places=1)
    shelf.take(ADA)

    waiting = asyncio.ensure_future(shelf.wait())
    await asyncio.sleep(0)
    connection.terminate()
    shelf.put(connection)

    assert await waiting is None
    assert (shelf.lent, shelf.idle) == (0, 0)


@pytest.mark.parametrize("lost", [False, True])
async def test_who_leaves_the_line_takes_nothing_along(rested, lost):
    connection = Line(ADA)
    shelf = await rested(connection, places=1)
    shelf.take(ADA)

    waiting = asyncio.ensure_future(shelf.wait())
    await asyncio.sleep(0)
    connection.closed = lost
    shelf.put(connection)  # served, and cancelled before it could notice
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    assert shelf.take(ADA) is (None if lost else connection)
    if lost:
        assert await shelf.wait() is None


async def test_what_ended_at_rest_is_not_lent(rested):
    first, second = Line(ADA), Line(ADA)
    shelf = await rested(first, second)
    first.terminate()

    assert shelf.take(ADA) is second
    assert shelf.take(ADA) is None


async def test_nothing_is_lent_again_once_it_has_expired(rested):
    lent, idle = Line(ADA), Line(BOB)
    shelf = await rested(lent, idle, places=2)
    assert shelf.take(ADA) is lent

    shelf.expire()
    shelf.put(lent)

    assert idle.closed
    assert lent.closed
    assert shelf.take(None) is None


async def test_a_transaction_that_was_left_open_is_cut(rested):
    connection = Line(ADA)
    shelf = await rested(connection)
    shelf.take(ADA)
    connection.begun = True

    shelf.put(connection)

    assert connection.closed
    assert shelf.take(ADA) is None
