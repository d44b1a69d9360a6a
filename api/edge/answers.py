"""Answers of routes that create: given once, and repeated for a repeated key."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter
from msgspec import Struct

from api.kernel.idempotency import Answer, Attempt, answer_once

T = TypeVar("T")

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Repeat a request with the same key and get the same answer.",
    ),
]

_encode = msgspec.json.Encoder().encode


def created(view: Struct, *, status: int = 201, **headers: str) -> Answer:
    """Return the answer that shows what was created; headers by name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, _encode(view), named)


async def once(  # noqa: PLR0913 - what identifies a request, and what to do for it
    request: Request[Any, Any, Any],
    kind: type[T],  # noqa: ARG001 - tells the type checker and OpenAPI what is inside
    *,
    key: str | None,
    organization: UUID,
    work: Callable[[], Awaitable[Answer]],
    scope: str = "",
) -> Response[T]:
    """Answer a creating request once for its key; runs inside the transaction.

    A repeated answer bears `Idempotency-Replayed: true`.
    """
    attempt = Attempt(
        organization=organization,
        route=f"{request.method} {request.scope['path']}",
        key=key,
        body=await request.body(),
        scope=scope,
    )
    answer = await answer_once(attempt, work)
    headers = dict(answer.headers)
    if answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    response = Response(
        answer.body,
        status_code=answer.status,
        headers=headers,
        media_type="application/json",
    )
    return cast("Response[T]", response)
