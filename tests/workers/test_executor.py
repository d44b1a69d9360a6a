"""The executor: bounded concurrency, acknowledgements, shutdown."""

import asyncio
import uuid
from queue import Empty

import pytest

from tests.workers.executing import (
    QUEUE,
    deliver,
    deliver_jobs,
    make_executor,
    notify,
    until,
)


async def test_no_more_jobs_run_at_once_than_the_size(executor, broker, blocked_jobs):
    await deliver_jobs(broker, executor, 10)
    await until(lambda: len(blocked_jobs.started) == 3)

    blocked_jobs.release.set()
    await until(lambda: len(blocked_jobs.finished) == 10)

    assert blocked_jobs.most_at_once == 3


async def test_every_job_is_acknowledged_when_many_end_at_once(
    executor, broker, blocked_jobs, broker_server
):
    blocked_jobs.release.set()
    for _ in range(20):
        await deliver_jobs(broker, executor, 10)

    await broker_server.until_holding(0)

    assert len(set(blocked_jobs.finished)) == 200
    assert broker_server.client.keys("dramatiq:__acks__*") == []
    assert broker.in_flight(QUEUE).ids() == frozenset()


async def test_a_message_whose_run_raises_frees_capacity_for_the_next(
    broker, broker_server
):
    async def fail(_: uuid.UUID) -> None:
        raise RuntimeError

    failing = make_executor(broker, fail, size=1)
    await deliver_jobs(broker, failing, 5)

    await broker_server.until_holding(0)
    assert await failing.finish(30)


@pytest.mark.parametrize(
    "message",
    [
        notify(uuid.uuid4()).copy(args=("no uuid",)),
        notify(uuid.uuid4(), actor="tests.unknown"),
    ],
    ids=["no-job-id", "no-actor"],
)
async def test_a_message_that_cannot_run_is_acknowledged(
    executor, broker, broker_server, blocked_jobs, message
):
    await asyncio.to_thread(deliver, broker, executor, [message])

    await broker_server.until_holding(0)
    assert blocked_jobs.started == []


async def test_a_stopping_executor_ends_running_jobs_and_returns_the_others(
    executor, broker, blocked_jobs
):
    await deliver_jobs(broker, executor, 5)
    await until(lambda: len(blocked_jobs.started) == 3)

    assert not await executor.finish(0.01)
    blocked_jobs.release.set()
    assert await executor.finish(30)

    returned = [executor.get_nowait(), executor.get_nowait()]
    assert len(blocked_jobs.finished) == 3
    assert {job_of(item) for item in returned}.isdisjoint(blocked_jobs.started)
    with pytest.raises(Empty):
        executor.get_nowait()


async def test_a_stopped_executor_has_sent_all_acknowledgements(
    executor, broker, broker_server, blocked_jobs
):
    blocked_jobs.release.set()
    await deliver_jobs(broker, executor, 3)
    await until(lambda: len(blocked_jobs.finished) == 3)

    assert await executor.finish(30)

    assert broker_server.client.keys("dramatiq:__acks__*") == []


async def test_an_acknowledgement_that_redis_refused_is_sent_with_the_next(
    executor, broker, broker_server, blocked_jobs
):
    await deliver_jobs(broker, executor, 2)
    await until(lambda: len(blocked_jobs.started) == 2)

    broker_server.kill()
    blocked_jobs.release.set()
    await until(lambda: len(blocked_jobs.finished) == 2)
    broker_server.start()
    await deliver_jobs(broker, executor, 1)

    await broker_server.until_holding(0)


def job_of(item):
    return uuid.UUID(item.message.args[0])
