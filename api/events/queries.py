"""Query strings of the lists: allow-listed names, aware times, bounded sizes."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import HeaderParameter, QueryParameter

from api.events.limits import LABEL_LENGTH
from api.events.schemas import NO_NUL, Moment
from api.events.service.listing import Sort
from api.kernel.errors import invalid

_MOMENT = {"format": "date-time"}

Type = Annotated[
    str | None,
    QueryParameter(name="type", min_length=1, max_length=64, pattern=NO_NUL),
]
Tool = Annotated[
    str | None, QueryParameter(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)
]
Actor = Annotated[
    str | None, QueryParameter(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)
]
Since = Annotated[
    str | None,
    QueryParameter(name="from", description="Included.", schema_extra=_MOMENT),
]
Until = Annotated[
    str | None,
    QueryParameter(name="to", description="Excluded.", schema_extra=_MOMENT),
]
SortBy = Annotated[Sort, QueryParameter(description="A minus means newest first.")]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Cursor = Annotated[
    str | None, QueryParameter(max_length=512, description="The next_cursor of a page.")
]
ReadAfter = Annotated[
    str | None,
    HeaderParameter(
        name="Read-After",
        description="A Holdfast-Position, or `any`: allows replicas and the cache.",
    ),
]
KnownTags = Annotated[str | None, HeaderParameter(name="If-None-Match")]


def refuse_unknown(request: Request[Any, Any, Any], *allowed: str) -> None:
    """Raise Invalid for a parameter that this list does not know: a misspelt filter
    would show more than was asked for.
    """
    for name in request.query_params:
        if name not in allowed:
            raise invalid(name, f"is unknown here; known are {', '.join(allowed)}")


def read_moment(text: str | None, *, field: str) -> datetime | None:
    """Read a time of the query; raises Invalid naming the field.

    Times are texts to Litestar, which would report them under the handler's names.
    """
    if text is None:
        return None
    try:
        return msgspec.convert(text, Moment)
    except msgspec.ValidationError as error:
        raise invalid(field, str(error)) from error
