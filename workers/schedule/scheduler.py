"""The scheduler's loop. Several schedulers may run; each due time puts one job."""

import asyncio
from collections.abc import Sequence

from api.kernel.logs import logger
from workers.backoff import TRANSIENT_ERRORS, Backoff, jittered
from workers.schedule import cron
from workers.schedule.entries import Scheduled

log = logger(__name__)

#: The longest sleep; a change to the table is noticed after it at the latest.
LONGEST_SECONDS = 5.0
#: The shortest sleep: another scheduler may hold the due row and advance it meanwhile.
LEAST_SECONDS = 0.05


async def put_jobs_forever(schedule: Sequence[Scheduled]) -> None:
    """Declare the schedule, then put each job when it is due."""
    backoff = Backoff(0.1, 2.0)
    declared = False
    while True:
        try:
            if not declared:
                await cron.declare(schedule)
                declared = True
            pause = await _put_due_jobs(schedule)
            backoff.reset()
        except TRANSIENT_ERRORS as error:
            pause = backoff.next_seconds()
            log.warning("scheduler_waits", error=type(error).__name__, seconds=pause)
        await asyncio.sleep(pause)


async def _put_due_jobs(schedule: Sequence[Scheduled]) -> float:
    """Put the due jobs and return the pause before the next look."""
    jobs = await cron.put_due_jobs(schedule)
    if jobs:
        log.info("scheduled_jobs_put", jobs=jobs)
    due = await cron.next_due_seconds(schedule)
    longest = jittered(LONGEST_SECONDS)
    return longest if due is None else min(max(due, LEAST_SECONDS), longest)
