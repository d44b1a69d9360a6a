"""Positions in the write-ahead log, so that a reader sees its own writes.

A position travels as PostgreSQL's text form, `16/B374D848`.
"""

import re

from api.kernel.connections import TenantConnection
from api.kernel.errors import invalid

_TEXT = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


class Mark:
    """Where the log stood right after a commit; None before."""

    def __init__(self) -> None:
        self.position: str | None = None

    async def read(self, connection: TenantConnection) -> None:
        """Note the position. Called after the commit: before it is too early.

        A commit is flushed when it is answered. The insert position would do as
        well, but at a page's end it lies beyond what a replica can replay.
        """
        self.position = await connection.fetchval(
            "SELECT pg_current_wal_flush_lsn()::text"
        )


def parse_position(text: str, *, field: str) -> str:
    """Return the position as given; raises Invalid naming the field."""
    if not _TEXT.fullmatch(text):
        raise invalid(field, "is not a position such as 16/B374D848")
    return text


def number_of(position: str) -> int:
    """Return the position as the 64-bit integer that it stands for."""
    high, _, low = position.partition("/")
    return int(high, 16) << 32 | int(low, 16)


async def has_replayed(connection: TenantConnection, position: str) -> bool:
    """Tell whether this replica shows everything up to the position.

    A session belongs to one server process, whose replay only moves forward, so
    what it once answered stays true and is not asked again.
    """
    wanted = number_of(position)
    if connection.replayed >= wanted:
        return True
    text = await connection.fetchval("SELECT pg_last_wal_replay_lsn()::text")
    return connection.note_replayed(number_of(text) if text else 0) >= wanted
