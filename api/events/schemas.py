"""Events on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct, field

from api.edge.field_types import NO_NUL
from api.events.limits import BATCH_ITEMS, CLIENT_ID_LENGTH, LABEL_LENGTH
from api.events.service.reports import Report
from api.kernel.errors import Detail

EventType = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}$(?!\n)", max_length=64)
]
ClientId = Annotated[
    str, Meta(min_length=1, max_length=CLIENT_ID_LENGTH, pattern=NO_NUL)
]
Label = Annotated[str, Meta(min_length=1, max_length=LABEL_LENGTH, pattern=NO_NUL)]
Moment = Annotated[datetime, Meta(tz=True)]


class EventRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened; `client_id` makes sending it again harmless."""

    client_id: ClientId
    type: EventType
    occurred_at: Moment
    tool: Label | None = None
    actor: Label | None = None
    properties: dict[str, Any] = {}


class BatchRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to a thousand events, each judged by itself."""

    events: Annotated[list[Raw], Meta(min_length=1, max_length=BATCH_ITEMS)]


class IngestedView(Struct, frozen=True):
    """What became of one event."""

    id: UUID
    client_id: str
    status: Literal["accepted", "duplicate"]


class ItemError(Struct, frozen=True):
    """Why one event of a batch was rejected."""

    code: str
    message: str
    details: tuple[Detail, ...] = ()


class ItemResult(Struct, frozen=True, omit_defaults=True):
    """What became of the event at `index` of a batch."""

    index: int
    client_id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    id: UUID | None = None
    error: ItemError | None = None


class BatchView(Struct, frozen=True):
    """What became of a batch."""

    accepted: int
    duplicate: int
    rejected: int
    results: list[ItemResult]


class ReportRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The stretch of time to report on: from (included) to (excluded)."""

    since: Moment = field(name="from")
    until: Moment = field(name="to")


class ReportView(Struct, frozen=True):
    """A report; `builds` counts how often the job took effect: 1 once it is done."""

    id: UUID
    since: datetime = field(name="from")
    until: datetime = field(name="to")
    state: str
    builds: int
    result: Raw

    @staticmethod
    def of(report: Report) -> "ReportView":
        """Show a report."""
        return ReportView(
            report.id,
            report.since,
            report.until,
            report.state,
            report.builds,
            report.result,
        )
