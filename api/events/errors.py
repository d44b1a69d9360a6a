"""What can go wrong with events."""

from uuid import UUID

from msgspec import Struct

from api.kernel.errors import Conflict, Detail, Failure, Invalid, Missing, Unavailable


class Rejection(Struct, frozen=True):
    """Why one event is not taken; the same rule holds alone and in a batch."""

    code: str
    message: str
    details: tuple[Detail, ...] = ()

    def failure(self) -> Failure:
        """Return what the same rejection raises when the event came alone."""
        return (
            EventConflict() if self.code == EventConflict.code else EventRefused(self)
        )


class EventConflict(Conflict):
    """The client id was used before, for an event with other content."""

    code = "event_conflict"

    def __init__(self) -> None:
        super().__init__(CONFLICT.message, details=CONFLICT.details)


class EventRefused(Invalid):
    """The event breaks a rule; `code` names it."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message, details=rejection.details)
        self.code = rejection.code  # type: ignore[misc]  # one kind, several rules


class EventMissing(Missing):
    """No such event, or it belongs to somebody else."""

    code = "event_not_found"

    def __init__(self, event_id: UUID) -> None:
        super().__init__(f"There is no event {event_id}.")
        self.event_id = event_id


class ReportMissing(Missing):
    """No such report, or it belongs to somebody else."""

    code = "report_not_found"

    def __init__(self, report_id: UUID) -> None:
        super().__init__(f"There is no report {report_id}.")
        self.report_id = report_id


class QueueFull(Unavailable):
    """More events are waiting to be written than this instance may hold."""

    code = "ingestion_overloaded"

    def __init__(self) -> None:
        super().__init__("Too many events are waiting. Repeat the request shortly.")


CONFLICT = Rejection(
    EventConflict.code,
    "This client_id was used for an event with other content.",
    (Detail("client_id", "belongs to another event"),),
)
TOO_OLD = Rejection(
    "too_old",
    "The event is older than what is kept.",
    (Detail("occurred_at", "is longer ago than the retention"),),
)
IN_FUTURE = Rejection(
    "in_future",
    "The event is too far in the future.",
    (Detail("occurred_at", "is more than 24 hours ahead"),),
)
UNSTORABLE = Rejection("unstorable", "The database cannot store this event.")


def broken(field: str, message: str) -> Rejection:
    """Return the rejection of an event with one bad field."""
    return Rejection("invalid", "The event is not valid.", (Detail(field, message),))
