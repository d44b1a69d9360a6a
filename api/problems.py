"""Failures as HTTP error responses, in one format; the only map to status codes.

`{"error": {"code", "message", "details": [{"field", "message"}], "request_id"}}`
"""

import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from api.kernel import context, idempotency, logs
from api.kernel.errors import (
    Conflict,
    Detail,
    Failure,
    Invalid,
    Missing,
    Refused,
    Unauthenticated,
    Unavailable,
)

STATUS: dict[type[Failure], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Refused: 403,
    Missing: 404,
    Conflict: 409,
    idempotency.KeyReused: 422,
    Unavailable: 503,
    Failure: 500,
}

# Error codes of Litestar's own exceptions.
_CODES = {
    400: "invalid",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_MESSAGES = {
    400: "The request is not valid.",
    404: "There is nothing at this address.",
    405: "This address does not know the method.",
    413: "The body is too large.",
}
# Litestar's whole message for a missing body.
_BODY_MISSING = "'data'"
_NAMED_FIELD = re.compile(r"field `([^`]+)`")
_PATH = re.compile(r" - at `\$\.?([^`]*)`")

# Characters that Unicode allows and Postgres cannot store in text or JSON.
_UNSTORABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
log = logs.logger(__name__)


class ErrorView(Struct, frozen=True):
    """An error: a code for programs, a message for people."""

    code: str
    message: str
    details: tuple[Detail, ...]
    request_id: str | None


class Problem(Struct, frozen=True):
    """The body of every error response."""

    error: ErrorView


class ErrorResponse(Struct, frozen=True):
    """An encoded error response: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: bytes


_encode = msgspec.json.Encoder().encode


def error_response(error: Exception) -> ErrorResponse:
    """Return the response for any exception; unexpected exceptions are logged."""
    if isinstance(error, Failure):
        return _of_failure(error)
    if isinstance(error, msgspec.ValidationError):
        return _build(400, "invalid", _MESSAGES[400], _details_of(str(error)))
    if isinstance(error, msgspec.DecodeError):
        return _build(400, "invalid", "The body is not valid JSON.")
    if isinstance(error, _UNSTORABLE):
        return _build(400, "invalid", "The text holds a character that is not allowed.")
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004 - HTTP's own border
        return _of_litestar(error)
    log.error("request_crashed", exc_info=error)
    return _build(500, "internal", "Something went wrong on our side.")


def handle_exception(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Return the response for an exception that Litestar caught."""
    response = error_response(error)
    return Response(
        response.body,
        status_code=response.status,
        headers=response.headers,
        media_type="application/json",
    )


def status_of(kind: type[Failure]) -> int:
    """Return the status code of a failure's kind."""
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)


def _of_failure(failure: Failure) -> ErrorResponse:
    headers: dict[str, str] = {}
    if isinstance(failure, Unavailable):
        headers["Retry-After"] = str(failure.retry_after_seconds)
    if isinstance(failure, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="holdfast"'
    status = status_of(type(failure))
    return _build(status, failure.code, failure.message, failure.details, headers)


def _of_litestar(error: HTTPException) -> ErrorResponse:
    status = error.status_code
    message = _MESSAGES.get(status, error.detail)
    details = _details_of_extra(error.extra)
    if status == 400 and not details:  # noqa: PLR2004 - see _CODES
        details = (Detail("body", error.detail),)
    headers = dict(error.headers or {})
    return _build(status, _CODES.get(status, "refused"), message, details, headers)


def _details_of_extra(extra: object) -> tuple[Detail, ...]:
    if not isinstance(extra, list):
        return ()
    return tuple(
        _detail(_wire_name(one), str(one.get("message", "")))
        for one in extra
        if isinstance(one, Mapping)
    )


def _wire_name(complaint: Mapping[str, object]) -> str:
    """Return the client's name of the field; Litestar reports the parameter's."""
    key = str(complaint.get("key", ""))
    if complaint.get("source") == "header":
        return key.replace("_", "-").title()
    return key


def _details_of(message: str) -> tuple[Detail, ...]:
    found = _PATH.search(message)
    return (_detail(found[1] if found else "", _PATH.sub("", message)),)


def _detail(path: str, message: str) -> Detail:
    """Return the detail with its field, which msgspec may name only in the message."""
    if message == _BODY_MISSING:
        message = "The body is missing."
    path = "" if path == "data" else path.removeprefix("data.")
    named = _NAMED_FIELD.search(message)
    if named is not None:
        path = f"{path}.{named[1]}" if path else named[1]
    return Detail(path or "body", message)


def _build(
    status: int,
    code: str,
    message: str,
    details: tuple[Detail, ...] = (),
    headers: dict[str, str] | None = None,
) -> ErrorResponse:
    view = ErrorView(code, message, details, context.request_id.get())
    return ErrorResponse(status, headers or {}, _encode(Problem(view)))
