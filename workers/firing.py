"""Firing schedules: whoever moves the clock on puts the job, in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from asyncpg import Record
from cronsim import CronSim, CronSimError

from api.kernel import outbox
from api.kernel.transactions import current, transaction
from workers.schedule import Scheduled

#: cronsim takes a sixth field for seconds; our clock ticks in minutes.
FIELDS = 5

_DECLARE = """
INSERT INTO schedules (name, cron, actor, payload, next_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5)
ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, actor = excluded.actor,
    payload = excluded.payload,
    next_at = CASE WHEN schedules.cron = excluded.cron
        THEN schedules.next_at ELSE excluded.next_at END
"""

_FORGET = "DELETE FROM schedules WHERE NOT name = ANY($1::text[])"

_DUE = """
SELECT name, next_at, now() AS now FROM schedules
WHERE next_at <= now() ORDER BY next_at
"""

_MOVE_ON = """
UPDATE schedules SET last_at = next_at, next_at = $3
WHERE name = $1 AND next_at = $2
"""

_NEXT = """
SELECT extract(epoch FROM min(next_at) - now())::float8 FROM schedules
WHERE name = ANY($1::text[])
"""


class CronRefused(Exception):
    """A cron line that does not mean what its author thinks."""

    def __init__(self, line: str, fault: str) -> None:
        super().__init__(f"{line!r}: {fault}")


def next_after(cron: str, moment: datetime) -> datetime:
    """The first instant after `moment` that the line names, in UTC.

    Raises CronRefused for a line that is malformed, never comes, or has not exactly
    five fields.
    """
    if len(cron.split()) != FIELDS:
        raise CronRefused(cron, f"wants {FIELDS} fields")
    try:
        return next(CronSim(cron, moment.astimezone(UTC)))
    except (CronSimError, StopIteration) as error:
        raise CronRefused(cron, str(error) or "never comes") from error


async def declare(schedule: Sequence[Scheduled]) -> None:
    """Bring the table in line with the code; a changed line starts from now."""
    async with transaction(None) as connection:
        now = await connection.fetchval("SELECT now()")
        for one in schedule:
            payload = msgspec.json.encode(one.message).decode()
            first = next_after(one.cron, now)
            await connection.execute(
                _DECLARE, one.name, one.cron, one.message.actor, payload, first
            )
        await connection.execute(_FORGET, [one.name for one in schedule])


async def fire_due(schedule: Sequence[Scheduled]) -> int:
    """Put the jobs of all due schedules; how many this instance put.

    Several instances may try: only one of them finds `next_at` unmoved. Firings that
    were missed while nobody ran collapse into one.
    """
    known = {one.name: one for one in schedule}
    async with transaction(None) as connection:
        due = await connection.fetch(_DUE)
    fired = 0
    for row in due:
        if row["name"] in known:
            fired += await _fire(known[row["name"]], row)
    return fired


async def next_due_seconds(schedule: Sequence[Scheduled]) -> float | None:
    """How long until one of these is due; None when there is none.

    What another release declared is none of our business, however overdue.
    """
    names = [one.name for one in schedule]
    async with transaction(None) as connection:
        seconds: float | None = await connection.fetchval(_NEXT, names)
        return seconds


async def _fire(one: Scheduled, row: Record) -> int:
    following = next_after(one.cron, row["now"])
    async with transaction(None):
        moved = await current().execute(_MOVE_ON, one.name, row["next_at"], following)
        if moved != "UPDATE 1":
            return 0
        await outbox.put(one.message, organization=None)
    return 1
