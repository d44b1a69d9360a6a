"""Reports over a stretch of time: ordered at once, built by a job."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from api.events.errors import ReportMissing
from api.events.limits import AHEAD, RETENTION
from api.events.messages import BuildReport
from api.kernel.errors import invalid
from api.kernel.identifiers import uuid7
from api.kernel.outbox import put
from api.kernel.transactions import current

LONGEST = RETENTION + AHEAD
MOST_GROUPS = 100
# Five million events take some seconds on a busy machine; the job may run for sixty.
BUILD_SECONDS = 50.0

_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)
_ORDER = """
INSERT INTO event_reports (id, organization_id, covers_from, covers_to, created_at)
VALUES ($1, $2, $3, $4, $5)"""
_FIND = """
SELECT id, covers_from, covers_to, state, builds, result FROM event_reports
WHERE organization_id = $1 AND id = $2"""
_WANTED = """
SELECT organization_id, covers_from, covers_to FROM event_reports WHERE id = $1"""
# Rows are read where they lie and grouped in memory, by a plan for this very stretch.
_FOR_MANY_ROWS = (
    "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on;"
    " SET LOCAL enable_sort = on; SET LOCAL work_mem = '32MB';"
    " SET LOCAL plan_cache_mode = force_custom_plan"
)
# Whole hours are counted already, in the roll-ups or the tallies; only what the stretch
# cuts off at both ends is counted from the events, and the actors, from their index.
# The bounds are arguments: taken from a join they would exclude no month.
_BUILD = """
WITH hours AS (
    SELECT hour, type, count FROM event_rollups
    WHERE organization_id = $4 AND hour >= $7 AND hour < $8
    UNION ALL
    SELECT hour, type, count FROM event_tallies
    WHERE organization_id = $4 AND hour >= $7 AND hour < $8
    UNION ALL
    SELECT occurred_at, type, 1 FROM events
    WHERE organization_id = $4 AND occurred_at >= $5 AND occurred_at < $7
    UNION ALL
    SELECT occurred_at, type, 1 FROM events
    WHERE organization_id = $4 AND occurred_at >= $8 AND occurred_at < $6
), counts AS (
    SELECT type, NULL AS actor, date_trunc('day', hour, 'UTC') AS day,
           grouping(type) = 0 AS by_type, false AS by_actor,
           grouping(date_trunc('day', hour, 'UTC')) = 0 AS by_day,
           coalesce(sum(count), 0)::bigint AS count
    FROM hours
    GROUP BY GROUPING SETS ((), (type), (date_trunc('day', hour, 'UTC')))
    UNION ALL
    SELECT NULL, actor, NULL, false, true, false, count(*)
    FROM events
    WHERE organization_id = $4 AND occurred_at >= $5 AND occurred_at < $6
      AND actor IS NOT NULL
    GROUP BY actor
), ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY by_type, by_actor, by_day ORDER BY count DESC, type, actor, day
    ) AS place FROM counts
), listed AS (SELECT * FROM ranked WHERE place <= $2)
UPDATE event_reports SET
    state = 'done', builds = builds + 1, finished_at = $3,
    result = jsonb_build_object(
        'total', (SELECT count FROM listed WHERE NOT (by_type OR by_actor OR by_day)),
        'types', (SELECT coalesce(jsonb_agg(
            jsonb_build_object('type', type, 'count', count) ORDER BY place), '[]')
            FROM listed WHERE by_type),
        'actors', (SELECT coalesce(jsonb_agg(
            jsonb_build_object('actor', actor, 'count', count) ORDER BY place), '[]')
            FROM listed WHERE by_actor),
        'days', (SELECT coalesce(jsonb_agg(
            jsonb_build_object('day', (day AT TIME ZONE 'UTC')::date, 'count', count)
            ORDER BY day), '[]')
            FROM listed WHERE by_day))
WHERE id = $1"""


class Report(Struct, frozen=True):
    """A report; `builds` counts how often the job took effect."""

    id: UUID
    since: datetime
    until: datetime
    state: str
    builds: int
    result: msgspec.Raw


async def order_report(
    *, organization: UUID, since: datetime, until: datetime, now: datetime
) -> Report:
    """Record the order and queue the job; both stand only when the caller commits."""
    if since >= until:
        raise invalid("from", "is not before `to`")
    if until - since > LONGEST:
        raise invalid("to", f"is more than {LONGEST.days} days after `from`")
    if since < now - LONGEST or until > now + LONGEST:
        raise invalid("from", "is outside of what is kept")
    report_id = uuid7()
    await current().execute(_ORDER, report_id, organization, since, until, now)
    await put(BuildReport(report_id), organization_id=organization)
    return Report(report_id, since, until, "waiting", 0, msgspec.Raw(b"null"))


async def find_report(report_id: UUID, *, organization: UUID) -> Report:
    """Return the report; raises ReportMissing."""
    row = await current().fetchrow(_FIND, organization, report_id)
    if row is None:
        raise ReportMissing(report_id)
    result = msgspec.Raw(row["result"] or b"null")
    return Report(row[0], row[1], row[2], row[3], row[4], result)


async def build_report(report_id: UUID, *, now: datetime) -> None:
    """Count the events per type, day and actor; the most frequent hundred of each.

    Runs in the job's transaction, so that `builds` counts effects, not attempts.
    Raises ReportMissing.
    """
    connection = current()
    wanted = await connection.fetchrow(_WANTED, report_id)
    if wanted is None:
        raise ReportMissing(report_id)
    await connection.execute(_FOR_MANY_ROWS)
    await connection.execute(
        _BUILD,
        *(report_id, MOST_GROUPS, now),
        *wanted,
        *whole_hours(wanted["covers_from"], wanted["covers_to"]),
        timeout=BUILD_SECONDS,
    )


def whole_hours(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Return the first whole hour and the end of the last; `until` twice for none."""
    first = _hour_of(since + _HOUR - _TICK)
    end = _hour_of(until)
    return (first, end) if first < end else (until, until)


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
