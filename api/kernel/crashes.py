"""Errors of ours, told to whoever collects them: what is logged as an error, and why.

Clients' mistakes are never logged as errors, so they are never told. Facts are taken
from a list: what is not on it stays in the log, where the request's id leads to it.
"""

import importlib
import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from msgspec import Struct

from api.settings import Settings

#: A storm of errors says the same again and again, and costs time with each.
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
    """What happened: a static name, ids, and the error if there was one."""

    name: str
    level: str
    facts: dict[str, str]
    error: BaseException | None


class Reporter(Protocol):
    """Takes crashes away, in the background."""

    def report(self, crash: Crash) -> None:
        """Take one; never raises."""

    def stop(self) -> None:
        """Send what is still here, for a bounded time."""


class State(Struct):
    """The reporter, if anybody listens, and how many it was told in this minute."""

    reporter: Reporter | None = None
    minute: int = 0
    told: int = 0

    def has_room(self) -> bool:
        """Count one more; tells whether this minute has room for it."""
        minute = int(monotonic() // _MINUTE_SECONDS)
        if minute != self.minute:
            self.minute, self.told = minute, 0
        self.told += 1
        return self.told <= MOST_A_MINUTE


_state = State()


def start(settings: Settings, *, service: str) -> None:
    """Report from now on, if the settings say to whom; connects to nothing."""
    if settings.sentry_dsn:
        # Imported only where it is used: it costs a fifth of a second of every start.
        sentry = importlib.import_module("api.kernel.sentry")
        use(sentry.open_reporter(settings, service=service))


def use(reporter: Reporter | None) -> None:
    """Tell this reporter from now on; None tells nobody."""
    _state.reporter = reporter


def stop() -> None:
    """Report nothing more, and send what was reported; bounded in time."""
    reporter, _state.reporter = _state.reporter, None
    if reporter is not None:
        reporter.stop()


def watch(level: str, line: Mapping[str, Any]) -> None:
    """Look at a line of the log, and report it if it tells of an error of ours.

    What a library logs counts only with an exception, and under the library's name:
    nobody knows what its sentence says.
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
    """Return the exception that a log call names: as it is, as a triple, or by True."""
    if isinstance(told, tuple):
        told = told[1]
    if isinstance(told, BaseException):
        return told
    return sys.exc_info()[1] if told else None
