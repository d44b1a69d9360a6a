"""The event list: allow-listed filters, keyset pages, one event by its id."""

from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from asyncpg import Record
from msgspec import Raw, Struct

from api.events.errors import EventMissing
from api.events.identifiers import occurred_range
from api.events.limits import AHEAD, LIST_WINDOW
from api.kernel.errors import invalid
from api.kernel.metrics import DB_COMPLEX, DB_SIMPLE
from api.kernel.paging import Page, decode_cursor, digest_of, encode_cursor
from api.kernel.transactions import current

Sort = Literal["-occurred_at", "occurred_at"]

_COLUMNS = "id, client_id, type, tool, actor, occurred_at, received_at, properties"
_BY_ID = f"""SELECT {_COLUMNS} FROM events
WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3 AND id = $4"""  # noqa: S608 - a constant
# Planned for its very values: see the migration of find_meeting_events.
_MEETING = f"SELECT {_COLUMNS} FROM find_meeting_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"  # noqa: S608 - a constant
_FILTERS = ("type", "tool", "actor")
_TICK = timedelta(microseconds=1)


class Event(Struct, frozen=True):
    """A stored event."""

    id: UUID
    client_id: str
    type: str
    tool: str | None
    actor: str | None
    occurred_at: datetime
    received_at: datetime
    properties: Raw


class EventQuery(Struct, frozen=True, kw_only=True):
    """Which events, in which order, how many, and from where on."""

    organization: UUID
    type: str | None = None
    tool: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort = "-occurred_at"
    limit: int = 50
    cursor: str | None = None

    def digest(self) -> bytes:
        """Digest what a cursor is bound to: everything but the page's size."""
        return digest_of(
            self.organization.bytes,
            self.type,
            self.tool,
            self.actor,
            self.since,
            self.until,
            self.sort,
        )


async def list_events(query: EventQuery, *, now: datetime) -> Page[Event]:
    """Return one page.

    Without `since` the list goes 30 days back, so that it reads few partitions. An
    event that arrives late may sort before a cursor that was already returned.
    Raises Invalid naming the field.
    """
    statement, arguments = select_page(query, now=now)
    with DB_COMPLEX.time():
        rows = await current().fetch(statement, *arguments)
    data = [_event(row) for row in rows[: query.limit]]
    cursor = None
    if len(rows) > query.limit:
        last = data[-1]
        cursor = encode_cursor((last.occurred_at, last.id), digest=query.digest())
    return Page(data, cursor)


async def find_event(event_id: UUID, *, organization: UUID) -> Event:
    """Return one event; raises EventMissing."""
    window = occurred_range(event_id)
    if window is None:
        raise EventMissing(event_id)
    with DB_SIMPLE.time():
        row = await current().fetchrow(_BY_ID, organization, *window, event_id)
    if row is None:
        raise EventMissing(event_id)
    return _event(row)


def select_page(query: EventQuery, *, now: datetime) -> tuple[str, list[object]]:
    """Return the statement and its arguments; raises Invalid naming the field."""
    until = query.until or now + AHEAD
    since = query.since or (query.until or now) - LIST_WINDOW
    if since >= until:
        raise invalid("from", "is not before `to`")
    newest_first = query.sort == "-occurred_at"
    after: tuple[datetime, UUID] | None = None
    if query.cursor is not None:
        after = decode_cursor(
            query.cursor, tuple[datetime, UUID], digest=query.digest()
        )
        # The cursor takes the place of a bound: with both, Postgres would begin at
        # the older one and read its way to the page.
        if newest_first:
            until = after[0] + _TICK
        else:
            since = after[0]
    filters = {name: getattr(query, name) for name in _FILTERS}
    wanted = {name: value for name, value in filters.items() if value is not None}
    most = query.limit + 1
    if len(wanted) > 1:
        moment, event_id = after or (None, None)
        return _MEETING, [
            *(query.organization, since, until),
            *filters.values(),
            *(moment, event_id, newest_first, most),
        ]
    arguments = [query.organization, since, until, *(after or ()), *wanted.values()]
    return _select(tuple(wanted), after is not None, newest_first), [*arguments, most]


@cache
def _select(wanted: tuple[str, ...], cursor: bool, newest_first: bool) -> str:  # noqa: FBT001 - what shapes the statement
    """Return the statement whose order only one index holds.

    With `type = $n` and an order by the time, the primary key would serve as well, and
    the planner would choose by the statistics of each month: a fresh one has none. So
    the filter is a range of rows and leads the order, whatever the statistics say. The
    bounds of the time alone exclude the months that cannot hold a row.
    """
    first = 6 if cursor else 4
    lead = "".join(f"{name}, " for name in wanted)
    held = "".join(f"${first + place}, " for place in range(len(wanted)))
    clauses = ["organization_id = $1", "occurred_at >= $2", "occurred_at < $3"]
    if wanted:
        clauses.append(f"({lead}occurred_at) >= ({held}$2)")
        clauses.append(f"({lead}occurred_at) < ({held}$3)")
    if cursor:
        after = "<" if newest_first else ">"
        clauses.append(f"({lead}occurred_at, id) {after} ({held}$4, $5)")
    turn = "DESC" if newest_first else "ASC"
    order = ", ".join(f"{name} {turn}" for name in (*wanted, "occurred_at", "id"))
    partial = "".join(f" AND {name} IS NOT NULL" for name in wanted if name != "type")
    return (
        f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(clauses)}{partial}"  # noqa: S608 - constants and placeholders
        f" ORDER BY {order} LIMIT ${first + len(wanted)}"
    )


def _event(row: Record) -> Event:
    # By position: a third of the cost of building the struct by name.
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], Raw(row[7]))
