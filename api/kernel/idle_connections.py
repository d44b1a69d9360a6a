"""The idle connections of a pool, and the queue of tasks that wait for one.

It opens no connection, and closes those that must not be used again. It has a fixed
number of slots: each is an idle connection, a lent one, or one not opened yet.
"""

import asyncio
from collections import deque

from api.kernel.connections import Binding, TenantConnection


class IdleConnections:
    """Hands out the connection that fits best; waiting tasks are served in order."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._free = slots
        self._idle: deque[TenantConnection] = deque()
        self._lent: set[TenantConnection] = set()
        self._waiting: deque[asyncio.Future[TenantConnection | None]] = deque()
        self._expired: set[TenantConnection] = set()

    @property
    def lent(self) -> int:
        """Return the number of connections in use."""
        return len(self._lent)

    @property
    def idle(self) -> int:
        """Return the number of idle connections."""
        return len(self._idle)

    def acquire(self, binding: Binding | None) -> TenantConnection | None:
        """Return an idle connection, or None when there is none.

        A connection with the same binding is preferred, then the one that was idle
        longest: its tenant is the least likely to return soon.
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
        """Wait for a connection, or for None: a slot to open a connection in.

        After None the caller must call `add` or `discard`.
        """
        if self._free:
            self._free -= 1
            return None
        turn: asyncio.Future[TenantConnection | None]
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            # Served and cancelled in the same turn of the loop: serve the next task.
            if turn.done() and not turn.cancelled():
                self._return(turn.result())
            raise

    def add(self, connection: TenantConnection) -> None:
        """Put a new connection into the slot; it counts as lent."""
        self._lent.add(connection)

    def discard(self) -> None:
        """Give up a slot: to the next waiting task, else it becomes free."""
        if not self._serve(None):
            self._free += 1

    def release(self, connection: TenantConnection) -> None:
        """Return a lent connection; the next waiting task gets it, or its slot."""
        self._lent.discard(connection)
        expired = connection in self._expired
        self._expired.discard(connection)
        if not connection.is_closed() and (expired or connection.is_in_transaction()):
            connection.terminate()
        if connection.is_closed():
            self.discard()
        elif self._serve(connection):
            self._lent.add(connection)
        else:
            self._idle.append(connection)

    def expire(self) -> None:
        """Terminate idle connections now, and lent ones when they are released."""
        self._expired |= self._lent
        while self._idle:
            self._idle.popleft().terminate()
            self.discard()

    async def close(self) -> None:
        """Close every connection as soon as it is idle; none is lent again."""
        for _ in range(self._slots):
            connection = self.acquire(None) or await self.wait()
            if connection is not None:
                await connection.close()

    def terminate(self) -> None:
        """Terminate every connection."""
        for connection in (*self._idle, *self._lent):
            connection.terminate()
        self._idle.clear()

    def _return(self, given: TenantConnection | None) -> None:
        if given is None:
            self.discard()
        else:
            self.release(given)

    def _serve(self, given: TenantConnection | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False
