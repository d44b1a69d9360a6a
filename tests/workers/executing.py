"""Jobs under a test's control, and an executor that runs them."""

import asyncio
import uuid
from typing import ClassVar

from dramatiq.broker import MessageProxy
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
