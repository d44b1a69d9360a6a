"""Jobs that sleep, fail or kill their process, as their message says."""

import asyncio
import os
import signal
from typing import ClassVar

from api.kernel.errors import Missing, Unavailable
from api.kernel.messages import Message
from api.kernel.transactions import current, transaction
from workers.jobs.handlers import Handler


class WriteEffect(Message, frozen=True):
    """Write a row, sleep, then behave as the message says."""

    actor: ClassVar[str] = "tests.write_effect"

    key: str
    seconds: float = 0.0
    behaviour: str = "succeed"
    only_attempt: int = 0


class Gone(Missing):
    code = "gone"


async def write_effect(message: WriteEffect) -> None:
    async with transaction(None) as outside:
        started = await outside.fetchval(
            "WITH one AS (INSERT INTO starts (key, pid) VALUES ($1, $2))"
            " SELECT count(*) + 1 FROM starts WHERE key = $1",
            message.key,
            os.getpid(),
        )
    insert = "INSERT INTO effects (key, attempt) VALUES ($1, $2)"
    await current().execute(insert, message.key, started)
    await asyncio.sleep(message.seconds)
    if not message.only_attempt or message.only_attempt == started:
        _behave(message.behaviour)


class WriteQuickly(Message, frozen=True):
    """Write a row and nothing else."""

    actor: ClassVar[str] = "tests.write_quickly"

    key: str


async def write_quickly(message: WriteQuickly) -> None:
    insert = "INSERT INTO effects (key, attempt) VALUES ($1, 1)"
    await current().execute(insert, message.key)


class RunLate(Message, frozen=True):
    """Run past the time limit."""

    actor: ClassVar[str] = "tests.run_late"

    key: str


async def run_late(message: RunLate) -> None:
    insert = "INSERT INTO effects (key, attempt) VALUES ($1, 1)"
    await current().execute(insert, message.key)
    await asyncio.sleep(30)


def _behave(behaviour: str) -> None:
    if behaviour == "missing":
        raise Gone("The thing is gone.")
    if behaviour == "away":
        raise Unavailable("Something is away.")
    if behaviour == "broken":
        raise RuntimeError("password=canary")
    if behaviour == "poison":
        os.kill(os.getpid(), signal.SIGKILL)


HANDLERS = {
    one.message.actor: one
    for one in (
        Handler(WriteEffect, write_effect, 3, 20),
        Handler(WriteQuickly, write_quickly, 10, 60),
        Handler(RunLate, run_late, 1, 0.2),
    )
}
