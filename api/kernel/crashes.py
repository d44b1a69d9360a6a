"""Crash reporting: send every log line of level error, with its exception, to Sentry.

Client errors are never logged at that level, so they are never reported. Only the
fields in `_FACTS` are sent; the request id leads to the others in the log.
"""

import importlib
import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from msgspec import Struct

from api.settings import Settings

#: Rate limit: most reports in a burst of errors are duplicates, and each costs time.
MOST_A_MINUTE = 60
_MINUTE_SECONDS = 60.0
_LEVELS = frozenset({"error", "exception", "critical"})
_FACTS = (
    "actor",
    "attempt",
    "job",
    "organization_id",
    "part",
    "request_id",
    "trace_id",
)


class Crash(Struct, frozen=True):
    """One error report: static name, ids, and the exception, if any."""

    name: str
    level: str
    facts: dict[str, str]
    error: BaseException | None


class Reporter(Protocol):
    """Sends crashes in the background."""

    def report(self, crash: Crash) -> None:
        """Queue one crash; never raises."""

    def stop(self) -> None:
        """Send the queued crashes, for a bounded time."""


class State(Struct):
    """The reporter, if one is set, and the number of crashes in the current minute."""

    reporter: Reporter | None = None
    minute: int = 0
    told: int = 0

    def has_room(self) -> bool:
        """Count one crash; return whether it is within the limit of this minute."""
        minute = int(monotonic() // _MINUTE_SECONDS)
        if minute != self.minute:
            self.minute, self.told = minute, 0
        self.told += 1
        return self.told <= MOST_A_MINUTE


_state = State()


def start(settings: Settings, *, service: str) -> None:
    """Start reporting if a DSN is set; connects to nothing."""
    if settings.sentry_dsn:
        # Imported only when needed: the import takes 0.2 s.
        sentry = importlib.import_module("api.kernel.sentry")
        use(sentry.open_reporter(settings, service=service))


def use(reporter: Reporter | None) -> None:
    """Set the reporter; None turns reporting off."""
    _state.reporter = reporter


def stop() -> None:
    """Stop reporting and flush the queue, for a bounded time."""
    reporter, _state.reporter = _state.reporter, None
    if reporter is not None:
        reporter.stop()


def watch(level: str, line: Mapping[str, Any]) -> None:
    """Report a log line if its level is error or higher.

    A library's line is reported only with an exception, and under the logger's name:
    its message could contain anything.
    """
    reporter = _state.reporter
    if reporter is None or level not in _LEVELS:
        return
    error = _error_of(line.get("exc_info"))
    foreign = line.get("_record")
    if (foreign is not None and error is None) or not _state.has_room():
        return
    name = str(line["event"]) if foreign is None else foreign.name
    facts = {fact: str(line[fact]) for fact in _FACTS if line.get(fact) is not None}
    reporter.report(Crash(name, level, facts, error))


def _error_of(told: object) -> BaseException | None:
    """Return the exception of `exc_info`: an exception, a triple or True."""
    if isinstance(told, tuple):
        told = told[1]
    if isinstance(told, BaseException):
        return told
    return sys.exc_info()[1] if told else None
