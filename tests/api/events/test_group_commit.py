"""Natural group commit, with a writer that the test holds in its hand."""

import asyncio

import pytest
from msgspec import Struct

from api.events.errors import QueueFull
from api.events.group_commit import GroupCommit, Written


class Thing(Struct, frozen=True):
    name: int
    size_bytes: int = 10


class Writer:
    """Writes when it is told to, and remembers the groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, items):
        self.groups.append([item.name for item in items])
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return Written([item.name for item in items], f"0/{len(self.groups)}")


@pytest.fixture
def writer():
    return Writer()


def send(groups, *names):
    return [asyncio.ensure_future(groups.submit([Thing(name)])) for name in names]


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_lone_caller_is_written_at_once_and_answered_after(writer):
    groups = GroupCommit(writer)
    (answer,) = send(groups, 1)
    await turns()
    assert (writer.groups, answer.done()) == ([[1]], False)

    writer.go.set()

    assert await answer == Written([1], "0/1")


async def test_callers_gather_while_a_group_is_written(writer):
    groups = GroupCommit(writer)
    send(groups, 1)
    await turns()
    answers = send(groups, 2, 3, 4)
    await turns()
    assert writer.groups == [[1]]

    writer.go.set()

    assert [(await one).outcomes for one in answers] == [[2], [3], [4]]
    assert writer.groups == [[1], [2, 3, 4]]


async def test_no_more_writers_run_than_allowed(writer):
    groups = GroupCommit(writer, writers=2)
    for name in range(5):
        send(groups, name)
        await turns()

    assert writer.groups == [[0], [1]]
    writer.go.set()
    await groups.drain()
    assert writer.groups == [[0], [1], [2, 3, 4]]


async def test_a_group_holds_a_bounded_number_and_never_splits_a_caller(writer):
    groups = GroupCommit(writer, group_items=3)
    send(groups, 0)
    await turns()
    pair = asyncio.ensure_future(groups.submit([Thing(1), Thing(2)]))
    other = asyncio.ensure_future(groups.submit([Thing(3), Thing(4)]))
    large = asyncio.ensure_future(groups.submit([Thing(n) for n in range(5, 10)]))
    await turns()
    writer.go.set()

    assert (await pair).outcomes == [1, 2]
    assert (await other).outcomes == [3, 4]
    assert (await large).outcomes == [5, 6, 7, 8, 9]
    assert writer.groups == [[0], [1, 2], [3, 4], [5, 6, 7, 8, 9]]


async def test_a_caller_that_leaves_takes_nobody_along(writer):
    groups = GroupCommit(writer)
    writing, companion = send(groups, 1, 2)
    await turns()
    waiting, other = send(groups, 3, 4)
    await turns()
    writing.cancel()
    waiting.cancel()
    await turns()

    writer.go.set()

    assert (await companion).outcomes == [2]
    assert (await other).outcomes == [4]
    assert writer.groups == [[1, 2], [4]]


async def test_a_failure_reaches_its_group_and_only_that(writer):
    groups = GroupCommit(writer)
    failing = send(groups, 1, 2)
    await turns()
    later = send(groups, 3)
    writer.error = ConnectionError("gone")
    writer.go.set()
    for one in failing:
        with pytest.raises(ConnectionError):
            await one
    writer.error = None

    assert (await later[0]).outcomes == [3]


async def test_a_full_queue_refuses_until_there_is_room(writer):
    groups = GroupCommit(writer, queue_bytes=25)
    send(groups, 0)
    await turns()
    held = send(groups, 1, 2)
    await turns()
    with pytest.raises(QueueFull) as full:
        await groups.submit([Thing(3)])
    assert full.value.retry_after_seconds >= 1

    writer.go.set()
    await asyncio.gather(*held)

    assert (await groups.submit([Thing(4)])).outcomes == [4]


async def test_draining_waits_for_everything_that_was_submitted(writer):
    groups = GroupCommit(writer)
    answers = send(groups, 1)
    await turns()
    answers += send(groups, 2)
    await turns()
    draining = asyncio.ensure_future(groups.drain())
    await turns()
    assert not draining.done()

    writer.go.set()
    await draining

    assert all(one.done() for one in answers)
