"""The contract as OpenAPI 3.1, and a page to read and try it; no CDN, no build.

Litestar generates the operations. This module adds permissions, failures and security
schemes, from the same sources that enforce them.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Controller, Litestar, Request, Response, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from api.edge.permissions import permission_of, public
from api.kernel.principals import KEY_SCOPES
from api.problems import Problem

_REFUSALS = {
    "400": "The input breaks a rule; the details name the field.",
    "401": "The credential is missing, forged, expired or revoked.",
    "403": "The caller may not do this.",
    "404": "There is no such thing, or it belongs to somebody else.",
    "405": "This address does not know the method.",
    "409": "It contradicts what is there.",
    "413": "The body is too large.",
    "422": "The Idempotency-Key was used for another request.",
    "503": "Something that this needs is away; Retry-After says when to come back.",
}
_PUBLIC_REFUSALS = frozenset({"400", "401", "405", "409", "413", "422", "503"})
_BODILESS = frozenset({"get", "delete"})
_ONLY_WITH_BODY = frozenset({"409", "413", "422"})
_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of a person's session.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, hf_…, sent like a token.",
    },
}
_PAGE = files("api.edge") / "reference"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


class DocumentationController(Controller):
    """The contract for programs, and the page for people."""

    include_in_schema = False

    @get("/api/v1/openapi.json", operation_id="showContract", guards=[public()])
    async def contract(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return the OpenAPI document."""
        document: bytes = request.app.state.contract
        return _static(document, "application/json")

    @get("/reference", operation_id="showReference", guards=[public()])
    async def page(self) -> Response[bytes]:
        """Return the interactive reference."""
        return _static((_PAGE / "index.html").read_bytes(), "text/html; charset=utf-8")

    @get("/reference/page.js", operation_id="showReferenceScript", guards=[public()])
    async def script(self) -> Response[bytes]:
        """Return the page's script."""
        return _static((_PAGE / "page.js").read_bytes(), "text/javascript")

    @get("/reference/page.css", operation_id="showReferenceStyle", guards=[public()])
    async def style(self) -> Response[bytes]:
        """Return the page's style."""
        return _static((_PAGE / "page.css").read_bytes(), "text/css")


CONFIG = OpenAPIConfig(
    title="Holdfast",
    version="1.0.0",
    summary="Events in, counts out, and a platform that proves its promises.",
    use_handler_docstrings=True,
)


def describe(
    routes: Sequence[ControllerRouterHandler], tools: Mapping[str, Provide]
) -> bytes:
    """Return the whole contract as JSON, with security and failures.

    An application with OpenAPI enabled also serves Litestar's own unguarded pages. So
    a second application, which is never served, generates the contract.
    """
    app = Litestar(
        route_handlers=routes,
        dependencies=tools,
        openapi_config=CONFIG,
        logging_config=None,
    )
    document = app.openapi_schema.to_schema()
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(_problem_schemas())
    components["securitySchemes"] = _SCHEMES
    permissions = _permissions(app)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(method, operation, permissions[operation["operationId"]], path)
    return msgspec.json.encode(document)


def _complete(
    method: str, operation: dict[str, Any], permission: str | None, path: str
) -> None:
    operation["security"] = _security(permission)
    operation["x-permission"] = permission or "public"
    if path.startswith("/health"):
        return
    for status, text in _REFUSALS.items():
        if permission is None and status not in _PUBLIC_REFUSALS:
            continue
        if method in _BODILESS and status in _ONLY_WITH_BODY:
            continue
        operation["responses"][status] = _refusal(text)


def _security(permission: str | None) -> list[dict[str, list[str]]]:
    if permission is None:
        return []
    if permission in KEY_SCOPES:
        return [{"session": []}, {"apiKey": []}]
    return [{"session": []}]


def _refusal(text: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    example = {
        "error": {
            "code": "invalid",
            "message": "The request is not valid.",
            "details": [{"field": "email", "message": "Expected `str`, got `int`"}],
            "request_id": "9f1c2b7a5d3e4f60",
        }
    }
    content = {"application/json": {"schema": reference, "example": example}}
    return {"description": text, "content": content}


def _problem_schemas() -> dict[str, Any]:
    template = "#/components/schemas/{name}"
    _, schemas = msgspec.json.schema_components([Problem], ref_template=template)
    return schemas


def _permissions(app: Litestar) -> dict[str, str | None]:
    return {
        str(handler.operation_id): permission_of(handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and handler.operation_id
    }


def _static(content: bytes, media_type: str) -> Response[bytes]:
    headers = {
        "Content-Security-Policy": _PAGE_POLICY,
        "Cache-Control": "public, max-age=300",
    }
    return Response(content, media_type=media_type, headers=headers)
