"""What can go wrong, in four kinds plus bad input; no word of HTTP here.

A slice subclasses a kind, names the fact and keeps the facts as attributes.
Missing, Conflict, Refused and Invalid are final: trying again changes nothing.
Unavailable may pass: trying again later is right.
"""

from typing import ClassVar

from msgspec import Struct


class Detail(Struct, frozen=True):
    """One field of the input and what is wrong with it."""

    field: str
    message: str


class Failure(Exception):
    """A failure with a stable code for machines and a sentence for people."""

    code: ClassVar[str] = "failure"

    def __init__(self, message: str, *, details: tuple[Detail, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Missing(Failure):
    """There is no such thing, or it is none of the caller's business."""

    code = "not_found"


class Conflict(Failure):
    """The state of things contradicts the wish."""

    code = "conflict"


class Refused(Failure):
    """The caller is known and may not do this."""

    code = "forbidden"


class Unauthenticated(Refused):
    """The caller has not proven who they are."""

    code = "unauthenticated"


class Invalid(Failure):
    """The input breaks a rule; the details name the fields."""

    code = "invalid"


class Unavailable(Failure):
    """Something that this needs is away; try again after the given seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(Unavailable):
    """The commit was sent and its answer never came: it may or may not stand.

    Never reported as "failed". The same idempotency key resolves it.
    """

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__(
            "The outcome is unknown. Repeat the request with the same "
            "Idempotency-Key or client id to learn it."
        )


def invalid(field: str, message: str) -> Invalid:
    """Build the failure for one bad field."""
    return Invalid("The request is not valid.", details=(Detail(field, message),))
