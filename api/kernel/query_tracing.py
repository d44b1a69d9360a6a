"""SQL statements as spans: operation and table, never the values."""

import re
from collections.abc import Awaitable
from functools import lru_cache
from typing import Any

import asyncpg
from opentelemetry.trace import SpanKind

from api.kernel import tracing

_CHANGE = re.compile(r"\b(INSERT|(?<!FOR )UPDATE|DELETE)\b", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?([a-z_]\w*+)\"?(?!\()", re.IGNORECASE)
_FUNCTION = re.compile(r"\b([a-z_]\w*)\(")
_LONGEST_TEXT = 1_000


class TracedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg publishes no types
    """A connection whose statements are spans below the current one.

    Without a recorded span a statement costs one read of a context variable.
    """

    __slots__ = ()

    def execute(self, query: str, *args: object, **options: Any) -> Awaitable[str]:  # noqa: ANN401 - asyncpg's
        """Run a command and return its status."""
        command = super().execute(query, *args, **options)
        return (
            command if tracing.current_span() is None else traced(self, query, command)
        )

    def fetch(self, query: str, *args: object, **options: Any) -> Awaitable[Any]:  # noqa: ANN401 - asyncpg's
        """Return every row."""
        command = super().fetch(query, *args, **options)
        return (
            command if tracing.current_span() is None else traced(self, query, command)
        )

    def fetchrow(self, query: str, *args: object, **options: Any) -> Awaitable[Any]:  # noqa: ANN401 - asyncpg's
        """Return the first row, or None."""
        command = super().fetchrow(query, *args, **options)
        return (
            command if tracing.current_span() is None else traced(self, query, command)
        )

    def fetchval(self, query: str, *args: object, **options: Any) -> Awaitable[Any]:  # noqa: ANN401 - asyncpg's
        """Return one value of the first row, or None."""
        command = super().fetchval(query, *args, **options)
        return (
            command if tracing.current_span() is None else traced(self, query, command)
        )


async def traced(
    connection: asyncpg.Connection, query: str, command: Awaitable[Any]
) -> Any:  # noqa: ANN401 - the command's result
    """Await a statement inside its own span, which contains no values.

    Text that may hold literals is left out: several statements in one query take no
    arguments, so their values are in the text.
    """
    head, several, _ = query.partition(";")
    operation, summary = summarise(head)
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.summary": summary,
    }
    if not several:
        attributes["db.query.text"] = query.strip()[:_LONGEST_TEXT]
    address = getattr(connection, "address", None)
    if address is not None:
        attributes |= {"server.address": address.host, "server.port": address.port}
    with tracing.child_span(summary, SpanKind.CLIENT, attributes):
        return await command


@lru_cache(maxsize=512)
def summarise(statement: str) -> tuple[str, str]:
    """Return the operation, and it with its table or function: `SELECT events`."""
    text = statement.strip()
    first = text.split(maxsplit=1)[0].upper() if text else ""
    change = _CHANGE.search(text) if first == "WITH" else None
    operation = change[1].upper() if change else first.replace("WITH", "SELECT")
    began = change.start() if change else 0
    found = _TABLE.search(text, began) or _FUNCTION.search(text, began)
    return operation, f"{operation} {found[1]}" if found else operation
