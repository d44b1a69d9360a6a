"""The id of an event says when it occurred, hence which partition holds it.

A version 7 UUID (RFC 9562) begins with the millisecond of receipt. Where the
standard leaves 74 bits to the generator, 34 hold how long before that the event
occurred, 20 count up, and 20 are chance. So one row is found by its id in one
partition through the list's own index, and no index on the id alone is paid for.
"""

import itertools
import os
from datetime import UTC, datetime, timedelta
from random import getrandbits
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as QuickUUID  # noqa: N811 - an acronym

from api.events.limits import AHEAD

_DELAY_BITS = 34  # 198 days, which must cover AHEAD + RETENTION
_LOW_DELAY_BITS = 22
_TWENTY_BITS = (1 << 20) - 1
_VERSION = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_AHEAD = AHEAD // _MILLISECOND

_count = itertools.count(int.from_bytes(os.urandom(3), "big"))


def new_event_id(received: datetime, occurred: datetime) -> UUID:
    """Return a new event id; `occurred` lies between 197 days before and AHEAD after.

    Ids of one process never collide within a million of the same millisecond.
    """
    milliseconds = (received - _EPOCH) // _MILLISECOND
    delay = milliseconds - (occurred - _EPOCH) // _MILLISECOND + _AHEAD
    if delay >> _DELAY_BITS:
        message = f"an event id cannot span {received} to {occurred}"
        raise ValueError(message)
    number = (
        milliseconds << 80
        | _VERSION << 76
        | (delay >> _LOW_DELAY_BITS) << 64
        | 0b10 << 62
        | (delay & ((1 << _LOW_DELAY_BITS) - 1)) << 40
        | (next(_count) & _TWENTY_BITS) << 20
        | getrandbits(20)
    )
    # asyncpg's UUID is a UUID, made and written at a quarter of the price.
    event_id: UUID = QuickUUID(number.to_bytes(16, "big"))
    return event_id


def occurred_range(event_id: UUID) -> tuple[datetime, datetime] | None:
    """Return from when until before when the event occurred: one millisecond.

    None for an id that was not made here and leads out of the calendar.
    """
    if event_id.version != _VERSION:
        return None
    high = event_id.int >> 64 & 0xFFF
    low = event_id.int >> 40 & ((1 << _LOW_DELAY_BITS) - 1)
    delay = high << _LOW_DELAY_BITS | low
    milliseconds = (event_id.int >> 80) - delay + _AHEAD
    try:
        start = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return start, start + _MILLISECOND
