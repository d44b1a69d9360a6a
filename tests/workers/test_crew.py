"""Hints on the event loop: so many at a time, each acknowledged, none left behind."""

import asyncio
import uuid
from queue import Empty

import pytest
from dramatiq.broker import MessageProxy
from msgspec import Struct

from tests.conftest import wait_for
from workers.broker import hint
from workers.crew import Crew

QUEUE = "default"


class Item(Struct):
    message: MessageProxy


class Jobs:
    """Jobs that run until they are let go."""

    def __init__(self) -> None:
        self.started: list[uuid.UUID] = []
        self.finished: list[uuid.UUID] = []
        self.let_go = asyncio.Event()
        self.most_at_once = 0

    async def run(self, job: uuid.UUID) -> None:
        self.started.append(job)
        running = len(self.started) - len(self.finished)
        self.most_at_once = max(self.most_at_once, running)
        await self.let_go.wait()
        self.finished.append(job)


@pytest.fixture
async def held_jobs():
    return Jobs()


@pytest.fixture
async def crew(broker, held_jobs):
    crew = Crew(broker, held_jobs.run, size=3)
    yield crew
    held_jobs.let_go.set()
    assert await crew.finish(30)


def deliver(broker, crew, count):
    """Publish and fetch hints, and put them as a consumer's thread does."""
    broker.publish(QUEUE, [hint(uuid.uuid4(), 0, "actor", QUEUE) for _ in range(count)])
    consumer = broker.consume(QUEUE, timeout=100)
    for _ in range(count):
        crew.put(Item(next(consumer)))


async def until(ready):
    async def is_so():
        return ready()

    await wait_for(is_so)


async def test_no_more_run_at_once_than_the_crew_is_large(crew, broker, held_jobs):
    await asyncio.to_thread(deliver, broker, crew, 10)
    await until(lambda: len(held_jobs.started) == 3)

    held_jobs.let_go.set()
    await until(lambda: len(held_jobs.finished) == 10)

    assert held_jobs.most_at_once == 3


async def test_every_job_is_acknowledged_however_they_end_together(
    crew, broker, held_jobs, broker_server
):
    held_jobs.let_go.set()
    for _ in range(20):
        await asyncio.to_thread(deliver, broker, crew, 10)

    await broker_server.until_holding(0)

    assert len(set(held_jobs.finished)) == 200
    assert broker_server.client.keys("dramatiq:__acks__*") == []
    assert broker.held(QUEUE).ids() == frozenset()


async def test_a_job_that_was_dropped_makes_room_for_the_next(broker, broker_server):
    async def fail(_: uuid.UUID) -> None:
        raise RuntimeError

    failing = Crew(broker, fail, size=1)
    await asyncio.to_thread(deliver, broker, failing, 5)

    await broker_server.until_holding(0)
    assert await failing.finish(30)


async def test_a_hint_that_names_no_job_is_forgotten(
    crew, broker, broker_server, held_jobs
):
    odd = hint(uuid.uuid4(), 0, "actor", QUEUE).copy(args=("no uuid",))
    broker.publish(QUEUE, [odd])
    consumer = broker.consume(QUEUE)

    crew.put(Item(next(consumer)))

    await broker_server.until_holding(0)
    assert held_jobs.started == []


async def test_a_leaving_crew_ends_what_runs_and_gives_the_rest_back(
    crew, broker, held_jobs
):
    await asyncio.to_thread(deliver, broker, crew, 5)
    await until(lambda: len(held_jobs.started) == 3)

    assert not await crew.finish(0.01)
    held_jobs.let_go.set()
    assert await crew.finish(30)

    given_back = [crew.get_nowait(), crew.get_nowait()]
    assert len(held_jobs.finished) == 3
    assert {job_of(item) for item in given_back}.isdisjoint(held_jobs.started)
    with pytest.raises(Empty):
        crew.get_nowait()


async def test_a_crew_that_has_left_owes_no_acknowledgement(
    crew, broker, broker_server, held_jobs
):
    held_jobs.let_go.set()
    await asyncio.to_thread(deliver, broker, crew, 3)
    await until(lambda: len(held_jobs.finished) == 3)

    assert await crew.finish(30)

    assert broker_server.client.keys("dramatiq:__acks__*") == []


async def test_an_acknowledgement_that_redis_refused_goes_with_the_next(
    crew, broker, broker_server, held_jobs
):
    await asyncio.to_thread(deliver, broker, crew, 2)
    await until(lambda: len(held_jobs.started) == 2)

    broker_server.kill()
    held_jobs.let_go.set()
    await until(lambda: len(held_jobs.finished) == 2)
    broker_server.start()
    await asyncio.to_thread(deliver, broker, crew, 1)

    await broker_server.until_holding(0)


def job_of(item):
    return uuid.UUID(item.message.args[0])
