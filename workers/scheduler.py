"""The scheduler process. Any number may run; each firing happens once."""

import asyncio
from collections.abc import Sequence

from api.kernel.logs import logger
from workers import firing
from workers.backoff import Backoff, jittered
from workers.passing import PASSING
from workers.program import Program, until_stopped
from workers.schedule import SCHEDULE, Scheduled

log = logger(__name__)

CONNECTIONS = 2
#: The longest sleep: a schedule that another release declared is noticed after it.
LONGEST_SECONDS = 5.0
#: Another instance holds the row that is due; it will have moved on by then.
LEAST_SECONDS = 0.05


async def serve_scheduler(program: Program) -> None:
    """Fire schedules until a signal."""
    await until_stopped(program, fire_for_ever(SCHEDULE))


async def fire_for_ever(schedule: Sequence[Scheduled]) -> None:
    """Declare the schedule, then fire what is due as it becomes due."""
    backoff = Backoff(0.1, 2.0)
    declared = False
    while True:
        try:
            if not declared:
                await firing.declare(schedule)
                declared = True
            pause = await _fire_once(schedule)
            backoff.reset()
        except PASSING as error:
            pause = backoff.next_seconds()
            log.warning("scheduler waits", error=type(error).__name__, seconds=pause)
        await asyncio.sleep(pause)


async def _fire_once(schedule: Sequence[Scheduled]) -> float:
    fired = await firing.fire_due(schedule)
    if fired:
        log.info("schedules fired", jobs=fired)
    due = await firing.next_due_seconds(schedule)
    longest = jittered(LONGEST_SECONDS)
    return longest if due is None else min(max(due, LEAST_SECONDS), longest)
