"""Plans of our list's pages: the service's statements on the API's connection.

`python -m bench.variants.plans` reads questions as JSON from stdin and writes a plan
with counts and buffers for each, in their order. Session, role, row-level security and
the choice between plans are the API's own.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from api.events.service.listing import EventQuery, select_page
from api.kernel import database, paging
from api.kernel.connections import TenantConnection
from api.kernel.database import Database
from api.kernel.transactions import reading
from api.settings import read_settings

SETTLED = 7
"""Postgres plans a prepared statement five times before it may reuse a plan."""


class Question(Struct, frozen=True):
    """A page of the list, by the names of its query string."""

    organization: UUID
    query: dict[str, str]


def query_of(question: Question) -> EventQuery:
    """Return the service's query for the query string."""
    asked = dict(question.query)
    renamed = {"from": "since", "to": "until"}
    fields: dict[str, Any] = {renamed.get(name, name): asked[name] for name in asked}
    body = {"organization": question.organization} | fields
    return msgspec.convert(body, EventQuery, strict=False)


async def explain(
    connection: TenantConnection, statement: str, arguments: list[object]
) -> Any:  # noqa: ANN401 - JSON
    """Return the plan of the statement after repeated execution."""
    await connection.execute(f"PREPARE asked AS {statement}")
    try:
        given = ", ".join(quote(one) for one in arguments)
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked({given})"
        for _ in range(SETTLED - 1):
            await connection.fetchval(asked)
        return msgspec.json.decode(await connection.fetchval(asked))[0]
    finally:
        await connection.execute("DEALLOCATE asked")


def quote(value: object) -> str:
    """Return the value as a literal of unknown type."""
    if value is None:
        return "NULL"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


async def answer(questions: list[Question]) -> list[Any]:
    """Explain each page in an API session."""
    settings = read_settings()
    paging.use([key.secret for key in settings.token_keys])
    own = Database(msgspec.structs.replace(settings, pool_min=0, pool_max=1))
    database.use(own)
    await own.start()
    try:
        plans = []
        for question in questions:
            statement, given = select_page(query_of(question), now=datetime.now(UTC))
            async with reading(question.organization) as connection:
                plans.append(await explain(connection, statement, given))
        return plans
    finally:
        await own.stop()


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Question])
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(answer(wanted))))
