"""Base classes of failures: four kinds plus bad input; independent of HTTP.

A slice subclasses a kind, names the failure and keeps its facts as attributes.
Missing, Conflict, Refused and Invalid are final: a retry changes nothing.
Unavailable is transient: a later retry may succeed.
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
    """The object does not exist, or the caller may not know that it does."""

    code = "not_found"


class Conflict(Failure):
    """The current state does not allow the request."""

    code = "conflict"


class Refused(Failure):
    """The caller is known and lacks the permission."""

    code = "forbidden"


class Unauthenticated(Refused):
    """The caller has not proven who they are."""

    code = "unauthenticated"


class Invalid(Failure):
    """The input breaks a rule; the details name the fields."""

    code = "invalid"


class Unavailable(Failure):
    """A dependency is unavailable; try again after the given seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(Unavailable):
    """The commit was sent and its response never came: it may have succeeded.

    Never reported as "failed". A retry with the same idempotency key resolves it.
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
