"""Hourly counts: tallies are appended with the events, a job adds them up."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from api.events.limits import AHEAD, LIST_WINDOW
from api.events.messages import RollUpEvents
from api.kernel.errors import invalid
from api.kernel.metrics import DB_COMPLEX
from api.kernel.outbox import put
from api.kernel.paging import Page, decode_cursor, digest_of, encode_cursor
from api.kernel.transactions import current

# What one job adds up at most, so that a long absence of workers is worked off in
# short transactions.
TALLIES_PER_JOB = 20_000

_ROLL_UP = """
WITH taken AS (
    DELETE FROM event_tallies
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM event_tallies WHERE organization_id = $1
        ORDER BY hour LIMIT $2))
    RETURNING hour, type, count
), added AS (
    INSERT INTO event_rollups AS r (organization_id, hour, type, count)
    SELECT $1, hour, type, sum(count) FROM taken GROUP BY hour, type ORDER BY hour, type
    ON CONFLICT (organization_id, hour, type)
        DO UPDATE SET count = r.count + excluded.count
)
SELECT count(*) FROM taken"""

# Both tables in one snapshot: every stored event is counted, rolled up or not. Each
# gives what may be on the page in its index's order, so the window is not read whole.
_LIST = """
SELECT hour, type, sum(count)::bigint AS count FROM (
    (SELECT hour, type, count FROM event_rollups
     WHERE organization_id = $1 AND hour >= $2 AND hour < $3
       AND ($4::text IS NULL OR type = $4)
       AND ($5::timestamptz IS NULL OR (hour, type) > ($5, $6::text))
     ORDER BY hour, type LIMIT $7)
    UNION ALL
    (SELECT hour, type, sum(count)::bigint FROM event_tallies
     WHERE organization_id = $1 AND hour >= $2 AND hour < $3
       AND ($4::text IS NULL OR type = $4)
       AND ($5::timestamptz IS NULL OR (hour, type) > ($5, $6::text))
     GROUP BY hour, type ORDER BY hour, type LIMIT $7)
) counts
GROUP BY hour, type ORDER BY hour, type LIMIT $7"""


class Rollup(Struct, frozen=True):
    """How many events of a type occurred in the hour that begins at `hour`."""

    hour: datetime
    type: str
    count: int


class RollupQuery(Struct, frozen=True, kw_only=True):
    """Which hours and type, how many rows, and from where on."""

    organization: UUID
    since: datetime | None = None
    until: datetime | None = None
    type: str | None = None
    limit: int = 50
    cursor: str | None = None


async def roll_up_events(organization: UUID) -> int:
    """Move tallies into the roll-ups; returns how many. Not safe to repeat alone.

    Adding is no idempotent effect: the job's transaction makes it happen once. What
    is left over goes to another job.
    """
    moved: int = await current().fetchval(_ROLL_UP, organization, TALLIES_PER_JOB)
    if moved == TALLIES_PER_JOB:
        await put(
            RollUpEvents(organization),
            organization_id=organization,
            dedupe_key=str(organization),
        )
    return moved


async def list_rollups(query: RollupQuery, *, now: datetime) -> Page[Rollup]:
    """Return a page of hourly counts, oldest first; exact at every moment.

    Without `since` they go 30 days back.
    """
    until = query.until or now + AHEAD
    since = query.since or (query.until or now) - LIST_WINDOW
    if since >= until:
        raise invalid("from", "is not before `to`")
    # Every field but the page's size and place.
    digest = digest_of(
        "rollups", query.organization.bytes, query.since, query.until, query.type
    )
    hour, kind = None, None
    if query.cursor is not None:
        hour, kind = decode_cursor(query.cursor, tuple[datetime, str], digest=digest)
        # The cursor takes the place of the bound, or all before it would be read.
        since = hour
    with DB_COMPLEX.time():
        rows = await current().fetch(
            _LIST,
            query.organization,
            since,
            until,
            query.type,
            hour,
            kind,
            query.limit + 1,
        )
    data = [Rollup(*row) for row in rows[: query.limit]]
    cursor = None
    if len(rows) > query.limit:
        cursor = encode_cursor((data[-1].hour, data[-1].type), digest=digest)
    return Page(data, cursor)
