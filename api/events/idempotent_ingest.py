"""Idempotency keys for events, although `client_id` already makes them idempotent.

Events are committed with their group, so the answer is kept right after and not in
the same transaction. A crash between the two is harmless: the repeated request finds
its events stored and is told `duplicate`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar.types import Scope

from api.edge.responses import RawResponse, raw_response
from api.kernel.idempotency import IdempotentRequest, StoredResponse, run_once
from api.kernel.transactions import transaction

# Such a request holds a connection while its group waits for another one: were they
# to hold them all, none could ever go on.
MOST_AT_A_TIME = 4

_turns = asyncio.Semaphore(MOST_AT_A_TIME)


async def ingest_once(
    scope: Scope,
    body: bytes,
    *,
    key: str | None,
    organization: UUID,
    work: Callable[[], Awaitable[StoredResponse]],
) -> RawResponse:
    """StoredResponse at once, or once for a key. Raises KeyInFlight and KeyReused."""
    if key is None:
        return raw_response(await work())
    route = f"POST {scope['path']}"
    attempt = IdempotentRequest(
        organization_id=organization, route=route, key=key, body=body
    )
    async with _turns, transaction(organization):
        return raw_response(await run_once(attempt, work))
