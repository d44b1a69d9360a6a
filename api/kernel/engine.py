"""Piccolo engine on this package's connections: no second pool, no connect at import.

Piccolo's own engine connects when it is built, leaks a connection for every COMMIT that
fails, and opens a new connection if no pool was started. This engine runs every query
on the connection of the current transaction or read, and raises if there is none.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString
from typing_extensions import override

from api.kernel.transactions import current, savepoint

_MINIMUM_SERVER_VERSION = 18.0


class UnboundConnectionRefused(RuntimeError):
    """Piccolo requested a connection that is not bound to a tenant transaction."""

    def __init__(self) -> None:
        super().__init__("open api.kernel.transactions.transaction() instead")


@asynccontextmanager
async def nested_transaction() -> AsyncGenerator[None]:
    """Open a savepoint, or in a migration a transaction; for `engine.transaction()`."""
    connection = current()
    if connection.is_in_transaction():
        async with savepoint():
            yield
        return
    async with connection.transaction():
        yield


class CurrentConnectionEngine(PostgresEngine):
    """Runs Piccolo's queries on the connection of the current transaction or read."""

    def __init__(self) -> None:
        super().__init__(config={})

    async def check_version(self) -> None:
        """Do nothing: bootstrap refuses old servers."""

    async def prep_database(self) -> None:
        """Do nothing: migrations create the extensions."""

    async def get_version(self) -> float:
        """Return the oldest version that the migrations are written for."""
        return _MINIMUM_SERVER_VERSION

    async def get_new_connection(self) -> NoReturn:
        """Refuse; Piccolo's `batch()` and unpooled queries end up here."""
        raise UnboundConnectionRefused

    async def start_connection_pool(self, **_: object) -> NoReturn:
        """Refuse: a second pool would hand out unbound connections."""
        raise UnboundConnectionRefused

    async def run_querystring(
        self,
        querystring: QueryString,
        in_pool: bool = True,  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
    ) -> Sequence[Mapping[str, Any]]:
        """Run a query on the current connection."""
        query, arguments = querystring.compile_string(engine_type=self.engine_type)
        rows: Sequence[Mapping[str, Any]] = await current().fetch(query, *arguments)
        return rows

    async def run_ddl(
        self,
        ddl: str,
        in_pool: bool = True,  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
    ) -> Sequence[Mapping[str, Any]]:
        """Run a statement without arguments on the current connection."""
        rows: Sequence[Mapping[str, Any]] = await current().fetch(ddl)
        return rows

    def transaction_exists(self) -> bool:
        """Return True: without a transaction the query would have raised."""
        return True

    @override
    def transaction(self, allow_nested: bool = True) -> Any:
        """Open a block that can be rolled back on its own."""
        return nested_transaction()


DB = CurrentConnectionEngine()
