"""The executor: bounded concurrency, acknowledgements, shutdown, Dramatiq's hooks."""

import asyncio
import uuid
from queue import Empty
from typing import ClassVar

import pytest
from dramatiq.broker import MessageProxy
from dramatiq.middleware import CurrentMessage, Middleware, SkipMessage
from msgspec import Struct

from api.kernel.messages import Message
from tests.conftest import wait_for
from workers.delivery.publications import notification
from workers.jobs.executor import JobExecutor
from workers.jobs.handlers import Handler, declare_actors

QUEUE = "default"


class Item(Struct):
    message: MessageProxy


class Anything(Message, frozen=True):
    """The message of the actor under test."""

    actor: ClassVar[str] = "tests.anything"


class BlockedJobs:
    """Jobs that run until they are released."""

    def __init__(self) -> None:
        self.started: list[uuid.UUID] = []
        self.finished: list[uuid.UUID] = []
        self.release = asyncio.Event()
        self.most_at_once = 0

    async def run(self, job: uuid.UUID) -> None:
        self.started.append(job)
        running = len(self.started) - len(self.finished)
        self.most_at_once = max(self.most_at_once, running)
        await self.release.wait()
        self.finished.append(job)


@pytest.fixture
async def blocked_jobs():
    return BlockedJobs()


@pytest.fixture
async def executor(broker, blocked_jobs):
    executor = make_executor(broker, blocked_jobs.run, size=3)
    yield executor
    blocked_jobs.release.set()
    assert await executor.finish(30)


def make_executor(broker, run, *, size):
    async def unused(_: Anything) -> None: ...

    declare_actors(broker, {Anything.actor: Handler(Anything, unused, 1, 1)}, run)
    return JobExecutor(broker, size=size)


def notify(job, actor=Anything.actor):
    return notification(job, 0, actor, QUEUE)


def deliver(broker, executor, messages):
    """Publish and fetch messages, and put them as a consumer's thread does."""
    broker.publish(QUEUE, messages)
    consumer = broker.consume(QUEUE, timeout=100)
    for _ in messages:
        executor.put(Item(next(consumer)))


async def deliver_jobs(broker, executor, count):
    messages = [notify(uuid.uuid4()) for _ in range(count)]
    await asyncio.to_thread(deliver, broker, executor, messages)


async def until(ready):
    async def is_ready():
        return ready()

    await wait_for(is_ready)


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


class Recorder(Middleware):
    """A middleware that records its hooks, and skips or fails messages on demand."""

    def __init__(self) -> None:
        self.hooks: list[str] = []
        self.skip = False
        self.fail = False

    def before_process_message(self, _, message):
        self.hooks.append("before_process_message")
        if self.fail:
            message.fail()
        if self.skip:
            raise SkipMessage

    def after_process_message(self, *_, **outcome):
        exception = outcome.get("exception")
        self.hooks.append(f"after_process_message {type(exception).__name__}")

    def after_skip_message(self, *_):
        self.hooks.append("after_skip_message")

    def after_ack(self, *_):
        self.hooks.append("after_ack")

    def after_nack(self, *_):
        self.hooks.append("after_nack")


@pytest.fixture
def recorder(broker):
    recorder = Recorder()
    broker.add_middleware(recorder)
    return recorder


async def test_the_hooks_of_a_middleware_are_called_around_a_message(
    executor, broker, broker_server, blocked_jobs, recorder
):
    blocked_jobs.release.set()
    await deliver_jobs(broker, executor, 1)
    await broker_server.until_holding(0)

    assert recorder.hooks == [
        "before_process_message",
        "after_process_message NoneType",
        "after_ack",
    ]


async def test_a_middleware_may_skip_a_message(
    executor, broker, broker_server, blocked_jobs, recorder
):
    recorder.skip = True
    await deliver_jobs(broker, executor, 1)
    await broker_server.until_holding(0)

    assert recorder.hooks == [
        "before_process_message",
        "after_skip_message",
        "after_ack",
    ]
    assert blocked_jobs.started == []


async def test_a_middleware_may_reject_a_message(
    executor, broker, broker_server, blocked_jobs, recorder
):
    recorder.fail = True
    await deliver_jobs(broker, executor, 1)
    await broker_server.until_holding(0)

    assert recorder.hooks == [
        "before_process_message",
        "after_process_message NoneType",
        "after_nack",
    ]
    assert blocked_jobs.started == []


async def test_a_middleware_sees_the_exception_of_a_message(
    executor, broker, broker_server, recorder
):
    message = notify(uuid.uuid4(), actor="tests.unknown")
    await asyncio.to_thread(deliver, broker, executor, [message])
    await broker_server.until_holding(0)

    assert recorder.hooks == [
        "before_process_message",
        "after_process_message ActorNotFound",
        "after_ack",
    ]


async def test_the_stock_middleware_current_message_acts(broker, broker_server):
    seen: dict[uuid.UUID, str] = {}

    async def run(job: uuid.UUID) -> None:
        await both_running.wait()
        message = CurrentMessage.get_current_message()
        assert message is not None
        seen[job] = message.message_id

    both_running = asyncio.Barrier(2)
    broker.add_middleware(CurrentMessage())
    executor = make_executor(broker, run, size=2)
    await deliver_jobs(broker, executor, 2)
    await broker_server.until_holding(0)

    assert len(seen) == 2
    assert all(message_id == str(job) for job, message_id in seen.items())
    assert await executor.finish(30)


async def test_without_a_middleware_no_hook_is_called(
    executor, broker, broker_server, blocked_jobs, monkeypatch
):
    signals = []
    for emit in ("emit_before", "emit_after"):
        monkeypatch.setattr(
            broker, emit, lambda signal, *_, **__: signals.append(signal)
        )
    blocked_jobs.release.set()
    await deliver_jobs(broker, executor, 3)
    await broker_server.until_holding(0)

    assert signals == []


def job_of(item):
    return uuid.UUID(item.message.args[0])
