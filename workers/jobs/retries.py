"""The decision after a failed attempt: retry after a wait, or dead letter."""

import traceback

import msgspec
from msgspec import Struct

from api.kernel.errors import Conflict, Failure, Invalid, Missing, Refused, Unavailable
from workers.backoff import jittered
from workers.jobs.handlers import Handler

#: A retry of these fails again. DecodeError is a payload that does not fit the message.
FINAL_ERRORS = (Missing, Conflict, Refused, Invalid, msgspec.DecodeError)

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 600.0


class RetryDecision(Struct, frozen=True):
    """A wait before the retry, or None for a dead letter; `error` holds no secrets."""

    error: str
    retry_seconds: float | None


def decide_retry(error: BaseException, handler: Handler, attempt: int) -> RetryDecision:
    """Choose between another attempt and a dead letter.

    The wait doubles with each attempt. Unavailable may demand a longer one.
    """
    text = describe(error)
    if isinstance(error, FINAL_ERRORS) or attempt >= handler.max_attempts:
        return RetryDecision(text, None)
    wait = jittered(
        min(FIRST_RETRY_SECONDS * 2.0 ** (attempt - 1), LONGEST_RETRY_SECONDS)
    )
    if isinstance(error, Unavailable):
        wait = max(wait, float(error.retry_after_seconds))
    return RetryDecision(text, wait)


def describe(error: BaseException) -> str:
    """Return the error's type and place, and the text only of a Failure.

    The text of a foreign exception may quote a password, a statement's parameters or
    personal data, and the result is shown in the list of dead letters.
    """
    kind = type(error).__name__
    if isinstance(error, Failure):
        return f"{kind} ({error.code}): {error.message}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return kind
    return f"{kind} in {frames[-1].name}, {frames[-1].filename}:{frames[-1].lineno}"
