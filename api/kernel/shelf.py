"""Connections at rest, and the line of those who wait for one.

The shelf opens nothing and closes what it may not lend again. It holds so many
places: each is a connection at rest, one that is lent, or one not opened yet.
"""

import asyncio
from collections import deque

from api.kernel.connections import Binding, TenantConnection


class Shelf:
    """Gives out the connection that fits best, first come, first served."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = places
        self._idle: deque[TenantConnection] = deque()
        self._lent: set[TenantConnection] = set()
        self._line: deque[asyncio.Future[TenantConnection | None]] = deque()
        self._outdated: set[TenantConnection] = set()

    @property
    def lent(self) -> int:
        """Count the connections that somebody holds."""
        return len(self._lent)

    @property
    def idle(self) -> int:
        """Count the connections at rest."""
        return len(self._idle)

    def take(self, binding: Binding | None) -> TenantConnection | None:
        """Take a connection at rest, if there is one.

        The one that is bound already is chosen, or the one that rested longest: its
        tenant is the least likely to come back soon.
        """
        idle = self._idle
        while idle:
            connection = idle[0]
            if binding is not None:
                for one in idle:
                    if one.bound == binding:
                        connection = one
                        break
            idle.remove(connection)
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
            self._free += 1
        return None

    async def wait(self) -> TenantConnection | None:
        """Wait for a connection, or for None: a place to open one in.

        Whoever gets a place calls `fill` or `vacate`.
        """
        if self._free:
            self._free -= 1
            return None
        turn: asyncio.Future[TenantConnection | None]
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            # Served and cancelled in the same turn of the loop: pass it on.
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def fill(self, connection: TenantConnection) -> None:
        """Put a new connection, which is lent at once, into a place."""
        self._lent.add(connection)

    def vacate(self) -> None:
        """Give a place to the next in line, or keep it."""
        if not self._serve(None):
            self._free += 1

    def put(self, connection: TenantConnection) -> None:
        """Take back what was lent; whoever waits gets it, or its place if it ended."""
        self._lent.discard(connection)
        outdated = connection in self._outdated
        self._outdated.discard(connection)
        if not connection.is_closed() and (outdated or connection.is_in_transaction()):
            connection.terminate()
        if connection.is_closed():
            self.vacate()
        elif self._serve(connection):
            self._lent.add(connection)
        else:
            self._idle.append(connection)

    def expire(self) -> None:
        """Lend none of today's connections again."""
        self._outdated |= self._lent
        while self._idle:
            self._idle.popleft().terminate()
            self.vacate()

    async def clear(self) -> None:
        """Close every connection as soon as it is at rest; nothing is lent again."""
        for _ in range(self._places):
            connection = self.take(None) or await self.wait()
            if connection is not None:
                await connection.close()

    def cut(self) -> None:
        """Cut every connection."""
        for connection in (*self._idle, *self._lent):
            connection.terminate()
        self._idle.clear()

    def _pass_on(self, given: TenantConnection | None) -> None:
        if given is None:
            self.vacate()
        else:
            self.put(given)

    def _serve(self, given: TenantConnection | None) -> bool:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False
