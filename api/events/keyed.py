"""Idempotency keys for events, although `client_id` already makes them idempotent.

Events are committed with their group, so the answer is kept right after and not in
the same transaction. A crash between the two is harmless: the repeated request finds
its events stored and is told `duplicate`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response
from litestar.enums import MediaType
from msgspec import Struct

from api.edge.answers import once
from api.kernel.idempotency import Answer
from api.kernel.transactions import transaction

T = TypeVar("T", bound=Struct)

# Such a request holds a connection while its group waits for another one: were they
# to hold them all, none could ever go on.
MOST_AT_A_TIME = 4

_turns = asyncio.Semaphore(MOST_AT_A_TIME)


async def answer_ingestion(
    request: Request[Any, Any, Any],
    kind: type[T],
    *,
    key: str | None,
    organization: UUID,
    work: Callable[[], Awaitable[Answer]],
) -> Response[T]:
    """Answer at once, or once for a key. Raises KeyInFlight and KeyReused."""
    if key is None:
        answer = await work()
        return Response(
            answer.body,  # type: ignore[arg-type]  # already encoded
            status_code=answer.status,
            headers=answer.headers,
            media_type=MediaType.JSON,
        )
    async with _turns, transaction(organization):
        return await once(request, kind, key=key, organization=organization, work=work)
