"""Cron lines and the jobs they put: each due time once, across all schedulers.

The scheduler that advances a schedule's `next_at` puts its job in the same transaction.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from asyncpg import Record
from cronsim import CronSim, CronSimError

from api.kernel import outbox
from api.kernel.transactions import current, transaction
from workers.schedule.entries import Scheduled

#: cronsim also accepts a sixth field for seconds; schedules are in minutes.
FIELDS = 5

_DECLARE = """
INSERT INTO schedules (name, cron, actor, payload, next_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5)
ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, actor = excluded.actor,
    payload = excluded.payload,
    next_at = CASE WHEN schedules.cron = excluded.cron
        THEN schedules.next_at ELSE excluded.next_at END
"""

_DELETE_OTHERS = "DELETE FROM schedules WHERE NOT name = ANY($1::text[])"

_DUE = """
SELECT name, next_at, now() AS now FROM schedules
WHERE next_at <= now() ORDER BY next_at
"""

_ADVANCE = """
UPDATE schedules SET last_at = next_at, next_at = $3
WHERE name = $1 AND next_at = $2
"""

_NEXT = """
SELECT extract(epoch FROM min(next_at) - now())::float8 FROM schedules
WHERE name = ANY($1::text[])
"""


class CronRefused(Exception):
    """A cron line that is malformed, never due, or has not exactly five fields."""

    def __init__(self, line: str, fault: str) -> None:
        super().__init__(f"{line!r}: {fault}")


def next_after(cron: str, moment: datetime) -> datetime:
    """Return the first time after `moment` at which the line is due, in UTC.

    Raises CronRefused.
    """
    if len(cron.split()) != FIELDS:
        raise CronRefused(cron, f"wants {FIELDS} fields")
    try:
        return next(CronSim(cron, moment.astimezone(UTC)))
    except (CronSimError, StopIteration) as error:
        raise CronRefused(cron, str(error) or "is never due") from error


async def declare(schedule: Sequence[Scheduled]) -> None:
    """Make the table equal to the code; a changed line starts from now."""
    async with transaction(None) as connection:
        now = await connection.fetchval("SELECT now()")
        for one in schedule:
            payload = msgspec.json.encode(one.message).decode()
            first = next_after(one.cron, now)
            await connection.execute(
                _DECLARE, one.name, one.cron, one.message.actor, payload, first
            )
        await connection.execute(_DELETE_OTHERS, [one.name for one in schedule])


async def put_due_jobs(schedule: Sequence[Scheduled]) -> int:
    """Put the jobs of all due schedules; return the number put by this call.

    Of several schedulers only one finds `next_at` unchanged. Due times that passed
    while no scheduler ran collapse into one job.
    """
    known = {one.name: one for one in schedule}
    async with transaction(None) as connection:
        due = await connection.fetch(_DUE)
    jobs = 0
    for row in due:
        if row["name"] in known:
            jobs += await _put_job(known[row["name"]], row)
    return jobs


async def next_due_seconds(schedule: Sequence[Scheduled]) -> float | None:
    """Return the seconds until one of these schedules is due, or None without one.

    Schedules that another release declared are ignored, however overdue.
    """
    names = [one.name for one in schedule]
    async with transaction(None) as connection:
        seconds: float | None = await connection.fetchval(_NEXT, names)
        return seconds


async def _put_job(one: Scheduled, row: Record) -> int:
    next_at = next_after(one.cron, row["now"])
    async with transaction(None):
        status = await current().execute(_ADVANCE, one.name, row["next_at"], next_at)
        if status != "UPDATE 1":
            return 0
        await outbox.put(one.message, organization_id=None)
    return 1
