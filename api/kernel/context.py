"""Request context: ids that logs, metrics, the database and the queue share."""

import re
import secrets
from contextvars import ContextVar
from random import getrandbits
from uuid import UUID

from msgspec import Struct

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
organization_id: ContextVar[UUID | None] = ContextVar("organization_id", default=None)

# W3C Trace Context, level 1: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SAMPLED = 0x01


class Parent(Struct, frozen=True):
    """The caller's span, parent of this process's span; ids in lower-case hex."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def sampled(self) -> bool:
        """Return whether the caller records this trace, so that it must be recorded."""
        return bool(int(self.flags, 16) & _SAMPLED)


def read_parent(header: str | None) -> Parent | None:
    """Return the caller's span; None for a missing, damaged or all-zero header."""
    found = _TRACEPARENT.fullmatch(header) if header else None
    if found is None or found[1] == "0" * 32 or found[2] == "0" * 16:
        return None
    return Parent(found[1], found[2], found[3])


def hop(parent: Parent | None) -> str:
    """Return the traceparent of a hop that records no span.

    It keeps the caller's trace id and flags; without a caller's span, it starts an
    unsampled trace, so that the log lines of one request still share an id.
    """
    # Ids are not secrets, so the system call of `secrets` is not needed.
    span = f"{getrandbits(64):016x}"
    if parent is None:
        return f"00-{getrandbits(128):032x}-{span}-00"
    return f"00-{parent.trace_id}-{span}-{parent.flags}"


def trace_id() -> str | None:
    """Return the trace id of the current context."""
    parent = traceparent.get()
    return parent[3:35] if parent else None


def accept_request_id(header: str | None) -> str:
    """Return the caller's request id when it is well formed, else a new one."""
    if header and _REQUEST_ID.fullmatch(header):
        return header
    return secrets.token_hex(16)
