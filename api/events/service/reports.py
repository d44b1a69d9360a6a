"""Reports over a stretch of time: ordered at once, built by a job."""

from datetime import datetime
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
# Ten million events take some ten seconds; the job may run for sixty.
BUILD_SECONDS = 50.0

_ORDER = """
INSERT INTO event_reports (id, organization, covers_from, covers_to, created_at)
VALUES ($1, $2, $3, $4, $5)"""
_FIND = """
SELECT id, covers_from, covers_to, state, builds, result FROM event_reports
WHERE organization = $1 AND id = $2"""
_WANTED = """
SELECT organization, covers_from, covers_to FROM event_reports WHERE id = $1"""
# Rows are read where they lie and grouped in memory, by a plan for this very stretch.
_FOR_MANY_ROWS = (
    "SET LOCAL enable_bitmapscan = on; SET LOCAL work_mem = '32MB';"
    " SET LOCAL plan_cache_mode = force_custom_plan"
)
# The bounds are arguments: taken from a join they would exclude no month.
_BUILD = """
WITH counts AS (
    SELECT e.type, e.actor, date_trunc('day', e.occurred_at, 'UTC') AS day,
           grouping(e.type) = 0 AS by_type, grouping(e.actor) = 0 AS by_actor,
           grouping(date_trunc('day', e.occurred_at, 'UTC')) = 0 AS by_day,
           count(*) AS count
    FROM events e
    WHERE e.organization = $4 AND e.occurred_at >= $5 AND e.occurred_at < $6
    GROUP BY GROUPING SETS
        ((), (e.type), (e.actor), (date_trunc('day', e.occurred_at, 'UTC')))
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
            FROM listed WHERE by_actor AND actor IS NOT NULL),
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
    await put(BuildReport(report_id), organization=organization)
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
        _BUILD, report_id, MOST_GROUPS, now, *wanted, timeout=BUILD_SECONDS
    )
