"""The routes of the slice as OpenAPI operations, from the same structs that decode.

Bodies are read and written as bytes here, so Litestar cannot see their types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    RequestBody,
    Schema,
)

from api.problems import Problem

_JSON = "application/json"
_REFUSALS = {
    400: "The input breaks a rule; the details name the field.",
    401: "The credential is missing, forged, expired or revoked.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "It contradicts what is there.",
    413: "The body is too large.",
    422: "The Idempotency-Key was used for another request.",
    503: "Something is away; Retry-After says when to come back.",
}


def operation(
    *, answers: Mapping[int, tuple[str, Any]], body: object = None
) -> type[Operation]:
    """Return the operation that takes `body` and answers {status: (text, type)}."""

    @dataclass
    class Documented(Operation):
        def __post_init__(self) -> None:
            refusals = {status: (text, Problem) for status, text in _REFUSALS.items()}
            self.responses = {
                str(status): _response(text, kind)
                for status, (text, kind) in {**refusals, **answers}.items()
            }
            if body is not None:
                self.request_body = RequestBody(content=_content(body), required=True)

    return Documented


def _response(text: str, kind: object) -> OpenAPIResponse:
    if kind is None:
        return OpenAPIResponse(description=text)
    position = OpenAPIHeader(description="What to send as Read-After.", schema=_text())
    headers: dict[str, Any] = {"Holdfast-Position": position}
    return OpenAPIResponse(description=text, headers=headers, content=_content(kind))


def _content(kind: object) -> dict[str, OpenAPIMediaType]:
    schema = msgspec.json.schema(kind)
    whole = _inline(schema, schema.get("$defs", {}))
    return {_JSON: OpenAPIMediaType(schema=whole)}  # type: ignore[arg-type]  # a plain schema serves


def _text() -> Schema:
    return Schema(type="string")  # type: ignore[arg-type]  # its enum equals the text


def _inline(node: object, definitions: Mapping[str, Any]) -> object:
    """Replace each reference by what it stands for; our structs do not recurse."""
    if isinstance(node, dict):
        if "$ref" in node:
            name = node["$ref"].removeprefix("#/$defs/")
            return _inline(definitions[name], definitions)
        return {
            key: _inline(value, definitions)
            for key, value in node.items()
            if key != "$defs"
        }
    if isinstance(node, list):
        return [_inline(one, definitions) for one in node]
    return node
