"""A client's writes and their recorded responses."""

from typing import Any, Literal

from msgspec import Struct

Kind = Literal["event", "batch", "report"]

PATHS: dict[Kind, str] = {
    "event": "/events",
    "batch": "/events/batch",
    "report": "/events/reports",
}


class Write(Struct, frozen=True):
    """One write, kept whole so that it can be replayed unchanged.

    `keys` are the client ids of events, or the idempotency key of a report.
    """

    kind: Kind
    keys: tuple[str, ...]
    body: dict[str, Any]

    @property
    def path(self) -> str:
        return PATHS[self.kind]

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.keys[0]} if self.kind == "report" else {}


class Entry(Struct, frozen=True):
    """One line of the journal: `told` is ids when acknowledged, else the reason."""

    at: float
    kind: Kind
    keys: tuple[str, ...]
    acknowledged: bool
    told: tuple[str, ...]


class Acknowledged(Struct, frozen=True):
    """A report that the platform promised to build."""

    id: str
    key: str
    at: float
