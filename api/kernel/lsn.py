"""Log sequence numbers (LSN) of the write-ahead log, for read-your-writes on a replica.

An LSN travels in PostgreSQL's text form, `16/B374D848`.
"""

import re

from api.kernel.connections import TenantConnection
from api.kernel.errors import invalid

_TEXT = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


class CommitLsn:
    """The LSN that was flushed right after a commit; None before."""

    def __init__(self) -> None:
        self.lsn: str | None = None

    async def read(self, connection: TenantConnection) -> None:
        """Read the LSN. Call this after the commit; before it is too early.

        A commit is flushed when it is acknowledged. The insert LSN is no alternative:
        at the end of a page it lies beyond what a replica can replay.
        """
        self.lsn = await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text")


def parse_lsn(text: str, *, field: str) -> str:
    """Return the LSN as given; raises Invalid naming the field."""
    if not _TEXT.fullmatch(text):
        raise invalid(field, "is not a position such as 16/B374D848")
    return text


def lsn_to_int(lsn: str) -> int:
    """Return the 64-bit integer of an LSN."""
    high, _, low = lsn.partition("/")
    return int(high, 16) << 32 | int(low, 16)


async def has_replayed(connection: TenantConnection, lsn: str) -> bool:
    """Return whether this replica has replayed the log up to the LSN.

    A session belongs to one server process, whose replay only moves forward. So a
    positive answer stays true and is cached on the connection.
    """
    wanted = lsn_to_int(lsn)
    if connection.replayed >= wanted:
        return True
    text = await connection.fetchval("SELECT pg_last_wal_replay_lsn()::text")
    connection.replayed = lsn_to_int(text) if text else 0
    return connection.replayed >= wanted
