"""What follows a request through logs, metrics, the database and the queue."""

import re
import secrets
from contextvars import ContextVar
from uuid import UUID

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
organization: ContextVar[UUID | None] = ContextVar("organization", default=None)

# W3C Trace Context, level 1: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def continue_trace(header: str | None) -> str:
    """Return the traceparent of this hop: the caller's trace, our own span.

    A missing, damaged or all-zero header starts a new, unsampled trace.
    """
    found = _TRACEPARENT.fullmatch(header) if header else None
    span = secrets.token_hex(8)
    if found is None or found[1] == "0" * 32 or found[2] == "0" * 16:
        return f"00-{secrets.token_hex(16)}-{span}-00"
    return f"00-{found[1]}-{span}-{found[3]}"


def trace_id() -> str | None:
    """Return the trace id of the current context."""
    parent = traceparent.get()
    return parent[3:35] if parent else None


def accept_request_id(header: str | None) -> str:
    """Return the caller's request id when it is well formed, else a new one."""
    if header and _REQUEST_ID.fullmatch(header):
        return header
    return secrets.token_hex(16)
