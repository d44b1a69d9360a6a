"""What becomes of a job whose attempt failed."""

import traceback

import msgspec
from msgspec import Struct

from api.kernel.errors import Conflict, Failure, Invalid, Missing, Refused, Unavailable
from workers.actor import Handler
from workers.backoff import jittered

#: Trying again changes nothing. A payload that does not decode is one of them.
FINAL = (Missing, Conflict, Refused, Invalid, msgspec.DecodeError)

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 600.0


class Fate(Struct, frozen=True):
    """Dead when `retry_seconds` is None; the error text carries no secrets."""

    error: str
    retry_seconds: float | None


def judge(error: BaseException, handler: Handler, attempt: int) -> Fate:
    """Decide between another attempt and the dead letters."""
    text = describe(error)
    if isinstance(error, FINAL) or attempt >= handler.max_attempts:
        return Fate(text, None)
    wait = jittered(
        min(FIRST_RETRY_SECONDS * 2.0 ** (attempt - 1), LONGEST_RETRY_SECONDS)
    )
    if isinstance(error, Unavailable):
        wait = max(wait, float(error.retry_after_seconds))
    return Fate(text, wait)


def describe(error: BaseException) -> str:
    """Name the error and its place; only our own failures may speak for themselves.

    The text of a foreign exception may quote a password, a statement's parameters or a
    person's data, and this one is shown to whoever lists the dead letters.
    """
    kind = type(error).__name__
    if isinstance(error, Failure):
        return f"{kind} ({error.code}): {error.message}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return kind
    return f"{kind} in {frames[-1].name}, {frames[-1].filename}:{frames[-1].lineno}"
