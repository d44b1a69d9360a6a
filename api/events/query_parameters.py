"""Query strings and headers of the lists: allow-listed names, aware times, sizes.

The same structs read a request and describe it in the contract.
"""

from functools import lru_cache
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import Scope
from msgspec import Meta, Struct, field

from api.edge.field_types import NO_NUL
from api.events.limits import LABEL_LENGTH
from api.events.schemas import Moment
from api.events.service.listing import Sort
from api.kernel.errors import invalid

_LONGEST_REMEMBERED = 512

Filter = Annotated[str, Meta(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)]
Type = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]
Since = Annotated[Moment, Meta(description="Included.")]
Until = Annotated[Moment, Meta(description="Excluded.")]
Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(max_length=512, description="The next_cursor of a page.")]
SortBy = Annotated[Sort, Meta(description="A minus means newest first.")]


class ListQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What a list of events may be asked for."""

    type: Type | None = None
    tool: Filter | None = None
    actor: Filter | None = None
    since: Since | None = field(default=None, name="from")
    until: Until | None = field(default=None, name="to")
    sort: SortBy = "-occurred_at"
    limit: Limit = 50
    cursor: Cursor | None = None


class CountsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What a list of hourly counts may be asked for."""

    type: Type | None = None
    since: Since | None = field(default=None, name="from")
    until: Until | None = field(default=None, name="to")
    limit: Limit = 50
    cursor: Cursor | None = None


class ReadHeaders(Struct, frozen=True):
    """How fresh an answer must be, and which one the caller has already."""

    read_after: Annotated[
        str | None,
        Meta(
            description="A Holdfast-Position, or `any`: allows replicas and the cache."
        ),
    ] = field(default=None, name="Read-After")
    known_tags: str | None = field(default=None, name="If-None-Match")


Q = TypeVar("Q", ListQuery, CountsQuery)


def read_query(scope: Scope, kind: type[Q]) -> Q:
    """Read the query string; raises Invalid naming the parameter.

    A parameter that the list does not know is refused: a misspelt filter would show
    more than was asked for. Of a repeated one, the last counts.
    """
    text = scope["query_string"]
    if len(text) > _LONGEST_REMEMBERED:
        return _parse(text, kind)
    remembered: Q = _remembered(text, kind)
    return remembered


def read_headers(scope: Scope) -> ReadHeaders:
    """Read the headers of a read; what they say is judged elsewhere."""
    read_after = known_tags = None
    for name, value in scope["headers"]:
        if name == b"read-after":
            read_after = value.decode("latin-1")
        elif name == b"if-none-match":
            known_tags = value.decode("latin-1")
    return ReadHeaders(read_after, known_tags)


def _parse(text: bytes, kind: type[Q]) -> Q:
    given: dict[str, object] = dict(
        parse_qsl(text.decode("latin-1"), keep_blank_values=True)
    )
    for name in given:
        if name not in kind.__struct_encode_fields__:
            known = ", ".join(kind.__struct_encode_fields__)
            raise invalid(name, f"is unknown here; known are {known}")
    limit = given.get("limit")
    if isinstance(limit, str) and limit.isdecimal() and len(limit) < len("1000"):
        given["limit"] = int(limit)
    return msgspec.convert(given, kind)


# Clients ask the same few things over and over; what is refused is not remembered.
_remembered = lru_cache(1024)(_parse)
