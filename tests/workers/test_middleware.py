"""Dramatiq's middleware hooks around a message that the executor runs."""

import asyncio
import uuid

import pytest
from dramatiq.middleware import CurrentMessage, Middleware, SkipMessage

from tests.workers.executing import deliver, deliver_jobs, make_executor, notify


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
