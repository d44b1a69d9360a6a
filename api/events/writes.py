"""One statement writes a group of events: keys, rows, tallies, the roll-up's job.

A row that Postgres refuses in spite of all checks fails its whole group. The group
is then halved until the row stands alone, so it costs the others a retry and no more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from api.events import list_cache
from api.events.errors import CONFLICT, UNSTORABLE, Rejection
from api.events.group_commit import GroupCommit, Written
from api.events.messages import RollUpEvents
from api.kernel import caching
from api.kernel.lsn import CommitLsn
from api.kernel.transactions import execute_autocommit

_DEADLOCK_ATTEMPTS = 3
_ROW_OVERHEAD_BYTES = 300
_INGEST = "SELECT * FROM ingest_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"
# The row itself is at fault: waiting does not make it right.
_BAD_ROW = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class NewEvent(Struct, frozen=True):
    """An event that broke no rule, with the organization of its sender."""

    organization: UUID
    client_id: str
    digest: bytes
    id: UUID
    type: str
    tool: str | None
    actor: str | None
    occurred_at: datetime
    received_at: datetime
    properties: str

    @property
    def size_bytes(self) -> int:
        """Return about how much memory the item holds on to."""
        return _ROW_OVERHEAD_BYTES + len(self.properties)


class Stored(Struct, frozen=True):
    """The event is kept; a duplicate was kept before."""

    id: UUID
    status: Literal["accepted", "duplicate"] = "accepted"


Outcome = Stored | Rejection


async def store(items: Sequence[NewEvent]) -> Written[Outcome]:
    """Store the items in one transaction; each is judged by itself.

    Raises Unavailable, and OutcomeUnknown when the commit's answer never came:
    sending the same events again settles it.
    """
    try:
        return await _store_together(items)
    except _BAD_ROW:
        if len(items) == 1:
            return Written([UNSTORABLE], None)
    half = len(items) // 2
    first = await store(items[:half])
    second = await store(items[half:])
    return Written(first.outcomes + second.outcomes, second.position or first.position)


async def _store_together(items: Sequence[NewEvent]) -> Written[Outcome]:
    for _ in range(_DEADLOCK_ATTEMPTS - 1):
        try:
            return await _store_once(items)
        except asyncpg.TransactionRollbackError:
            continue
    return await _store_once(items)


async def _store_once(items: Sequence[NewEvent]) -> Written[Outcome]:
    commit_lsn = CommitLsn()
    refused = await execute_autocommit(
        _INGEST,
        [item.organization for item in items],
        [item.client_id for item in items],
        [item.digest for item in items],
        [item.id for item in items],
        [item.type for item in items],
        [item.tool for item in items],
        [item.actor for item in items],
        [item.occurred_at for item in items],
        [item.received_at for item in items],
        [item.properties for item in items],
        RollUpEvents.actor,
        _after_this_second(items[-1].received_at),
        commit_lsn=commit_lsn,
    )
    outcomes: list[Outcome] = [Stored(item.id) for item in items]
    for place, event_id, same in refused:
        outcomes[place - 1] = Stored(event_id, "duplicate") if same else CONFLICT
    return Written(outcomes, commit_lsn.lsn)


def _after_this_second(now: datetime) -> datetime:
    """Return one moment for all groups of the same second, 1 to 2 seconds ahead."""
    return now.replace(microsecond=0) + timedelta(seconds=2)


async def write_group(items: Sequence[NewEvent]) -> Written[Outcome]:
    """Store a group and invalidate the list cache of its organizations."""
    written = await store(items)
    organizations = {item.organization for item in items}
    await list_cache.invalidate(caching.handle(), organizations, written.position)
    return written


# Two, so that one group is sent while the other waits for the standby.
event_writer: GroupCommit[NewEvent, Outcome] = GroupCommit(write_group, writers=2)
