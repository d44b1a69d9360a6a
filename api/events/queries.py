"""Query strings of the lists: allow-listed names, aware times, bounded sizes."""

from typing import Annotated, Any

from litestar import Request
from litestar.params import Parameter

from api.events.limits import LABEL_LENGTH
from api.events.schemas import NO_NUL, Moment
from api.kernel.errors import invalid

Type = Annotated[
    str | None,
    Parameter(query="type", min_length=1, max_length=64, pattern=NO_NUL),
]
Tool = Annotated[
    str | None, Parameter(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)
]
Actor = Annotated[
    str | None, Parameter(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)
]
Since = Annotated[Moment | None, Parameter(query="from", description="Included.")]
Until = Annotated[Moment | None, Parameter(query="to", description="Excluded.")]
Limit = Annotated[int, Parameter(ge=1, le=200)]
Cursor = Annotated[
    str | None, Parameter(max_length=512, description="The next_cursor of a page.")
]
ReadAfter = Annotated[
    str | None,
    Parameter(
        header="Read-After",
        description="A Holdfast-Position, or `any`: allows replicas and the cache.",
    ),
]
KnownTags = Annotated[str | None, Parameter(header="If-None-Match")]


def refuse_unknown(request: Request[Any, Any, Any], *allowed: str) -> None:
    """Raise Invalid for a parameter that this list does not know: a misspelt filter
    would show more than was asked for.
    """
    for name in request.query_params:
        if name not in allowed:
            raise invalid(name, f"is unknown here; known are {', '.join(allowed)}")
