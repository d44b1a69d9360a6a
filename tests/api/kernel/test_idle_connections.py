"""Idle connections: choice of the connection, order of waiting tasks, expiry."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from api.kernel.idle_connections import IdleConnections

ADA, BOB, EVE = ((uuid4(), None) for _ in range(3))


class FakeConnection:
    """The part of a connection that IdleConnections uses."""

    def __init__(self, bound: Any = None) -> None:
        self.bound = bound
        self.closed = False
        self.in_transaction = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    def terminate(self) -> None:
        self.closed = True


@pytest.fixture
def idle_connections():
    """Build IdleConnections with these connections, released in this order."""

    async def make(*connections: Any, slots: int = 3) -> IdleConnections:
        made = IdleConnections(slots)
        for connection in connections:
            assert await made.wait() is None
            made.add(connection)
        for connection in connections:
            made.release(connection)
        return made

    return make


async def test_a_connection_with_the_same_binding_is_preferred(idle_connections):
    first, second, third = FakeConnection(ADA), FakeConnection(BOB), FakeConnection(EVE)
    connections = await idle_connections(first, second, third)

    assert connections.acquire(BOB) is second
    assert (connections.lent, connections.idle) == (1, 2)


async def test_without_a_matching_binding_the_longest_idle_connection_is_chosen(
    idle_connections,
):
    first, second = FakeConnection(ADA), FakeConnection(BOB)
    connections = await idle_connections(first, second)

    assert connections.acquire(EVE) is first
    connections.release(first)
    assert connections.acquire(None) is second


async def test_waiting_tasks_get_released_connections_in_order(idle_connections):
    connection = FakeConnection(ADA)
    connections = await idle_connections(connection, slots=1)
    assert connections.acquire(ADA) is connection

    waiting = [asyncio.ensure_future(connections.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    connections.release(connection)

    assert await waiting[0] is connection
    assert not waiting[1].done()
    connections.release(connection)
    assert await waiting[1] is connection


async def test_a_waiting_task_gets_the_slot_of_a_lost_connection(idle_connections):
    connection = FakeConnection(ADA)
    connections = await idle_connections(connection, slots=1)
    connections.acquire(ADA)

    waiting = asyncio.ensure_future(connections.wait())
    await asyncio.sleep(0)
    connection.terminate()
    connections.release(connection)

    assert await waiting is None
    assert (connections.lent, connections.idle) == (0, 0)


@pytest.mark.parametrize("lost", [False, True])
async def test_a_cancelled_wait_loses_neither_connection_nor_slot(
    idle_connections, lost
):
    connection = FakeConnection(ADA)
    connections = await idle_connections(connection, slots=1)
    connections.acquire(ADA)

    waiting = asyncio.ensure_future(connections.wait())
    await asyncio.sleep(0)
    connection.closed = lost
    connections.release(connection)  # served, and cancelled before the task ran
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    assert connections.acquire(ADA) is (None if lost else connection)
    if lost:
        assert await connections.wait() is None


async def test_a_closed_idle_connection_is_not_lent(idle_connections):
    first, second = FakeConnection(ADA), FakeConnection(ADA)
    connections = await idle_connections(first, second)
    first.terminate()

    assert connections.acquire(ADA) is second
    assert connections.acquire(ADA) is None


async def test_expired_connections_are_not_lent_again(idle_connections):
    lent, idle = FakeConnection(ADA), FakeConnection(BOB)
    connections = await idle_connections(lent, idle, slots=2)
    assert connections.acquire(ADA) is lent

    connections.expire()
    connections.release(lent)

    assert idle.closed
    assert lent.closed
    assert connections.acquire(None) is None


async def test_a_connection_released_in_a_transaction_is_terminated(idle_connections):
    connection = FakeConnection(ADA)
    connections = await idle_connections(connection)
    connections.acquire(ADA)
    connection.in_transaction = True

    connections.release(connection)

    assert connection.closed
    assert connections.acquire(ADA) is None
