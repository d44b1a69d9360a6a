"""The failures that pass by themselves, in one place for every endless loop."""

import asyncpg
from dramatiq.errors import ConnectionClosed

from api.kernel.errors import Unavailable

#: A failover, a deadlock, Redis away; anything else ends the program, and its
#: supervisor starts it anew. asyncpg calls it an internal error when the server ends a
#: session between two commands.
PASSING = (
    Unavailable,
    asyncpg.PostgresError,
    asyncpg.InternalClientError,
    ConnectionClosed,
)
