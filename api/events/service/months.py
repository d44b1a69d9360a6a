"""The keeper of the monthly partitions: makes them ahead, retires the expired.

Every step is short, and safe to repeat. Retiring a month clears its keys first, in
as many jobs as it takes, then drops the partition; no row is deleted one by one.
"""

from datetime import datetime, timedelta

from api.events.limits import AHEAD, RETENTION
from api.events.messages import RetireEventMonth
from api.kernel.outbox import put
from api.kernel.transactions import current

MADE_AHEAD = timedelta(days=92)
# A retry that comes a little late still finds the key of its event.
GRACE = timedelta(days=1)
# Some fifteen thousand keys: a third of a second, well inside a command's time limit.
BLOCKS_PER_JOB = 500

_KEEP = "SELECT name FROM keep_event_months($1, $2) AS name"
_CLEAR = "SELECT clear_event_keys($1, $2, $3)"
_DROP = "SELECT drop_event_month($1)"
_MONTHS = """
SELECT to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' AS month
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'events'::regclass ORDER BY month"""


async def keep_months(*, now: datetime) -> list[str]:
    """Make the partitions from the oldest kept day to three months ahead.

    Returns the names of those that were made, and queues a job for each month that
    holds nothing but expired events.
    """
    made = await current().fetch(_KEEP, now - RETENTION - AHEAD, now + MADE_AHEAD)
    for month in expired(await list_months(), now=now):
        await put(
            RetireEventMonth(month), organization_id=None, dedupe_key=month.isoformat()
        )
    return [row[0] for row in made]


async def list_months() -> list[datetime]:
    """Return the first moment of every month that has a partition, oldest first."""
    return [row[0] for row in await current().fetch(_MONTHS)]


def expired(months: list[datetime], *, now: datetime) -> list[datetime]:
    """Return the months whose last event is past the retention."""
    kept_since = now - RETENTION - GRACE
    return [month for month in months if _next_month(month) <= kept_since]


async def retire_month(month: datetime, *, block: int) -> None:
    """Clear the keys of some blocks; then go on in another job, or drop the month.

    Postgres refuses a month that is still kept, whoever asks.
    """
    following = await current().fetchval(_CLEAR, month, block, BLOCKS_PER_JOB)
    if following is None:
        await current().execute(_DROP, month)
        return
    await put(
        RetireEventMonth(month, following),
        organization_id=None,
        dedupe_key=month.isoformat(),
    )


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=31)).replace(day=1)
