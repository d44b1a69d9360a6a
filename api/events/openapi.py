"""The routes of the slice as OpenAPI operations, from the same structs that decode.

Bodies are read and written as bytes here, so Litestar cannot see their types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

_JSON = "application/json"


def operation(
    *,
    answers: Mapping[int, tuple[str, Any]],
    body: object = None,
    query: object = None,
    headers: object = None,
) -> type[Operation]:
    """Return the operation that takes `body` and answers {status: (text, type)}.

    The fields of the structs `query` and `headers` are its parameters.

    The failures, which all routes share, are added where the contract is put
    together.
    """

    @dataclass
    class Documented(Operation):
        def __post_init__(self) -> None:
            self.responses = {
                str(status): _response(text, kind)
                for status, (text, kind) in answers.items()
            }
            self.parameters = [
                *(self.parameters or ()),
                *_parameters(query, "query"),
                *_parameters(headers, "header"),
            ]
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


def _parameters(kind: object, place: Literal["query", "header"]) -> list[Parameter]:
    """Return a parameter for each field; the wire knows none that is null."""
    if kind is None:
        return []
    schema = msgspec.json.schema(kind)
    (whole,) = schema["$defs"].values()
    return [
        Parameter(name=name, param_in=place, schema=_not_null(one), required=False)
        for name, one in whole["properties"].items()
    ]


def _not_null(schema: dict[str, Any]) -> Schema:
    kinds = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
    found = {**schema, **kinds[0]}
    found.pop("anyOf", None)
    found.pop("default", None)
    return found  # type: ignore[return-value]  # a plain schema serves


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
