"""Crashes by the Sentry protocol; loaded only where a DSN is set.

What leaves is built here field by field, and looked at once more before it is sent:
kind and place of the error, ids, release. No message of an exception (it may quote a
row), no local variable, no header, no body, no address of a person.
"""

from typing import Any, cast

from sentry_sdk import Client
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import capture_internal_exceptions, event_from_exception

from api.kernel.crashes import Crash
from api.kernel.release import NAME, release
from api.settings import Settings

FLUSH_SECONDS = 2.0
QUEUE_EVENTS = 100

_KEPT = frozenset(
    {
        "contexts",
        "environment",
        "event_id",
        "exception",
        "level",
        "logentry",
        "platform",
        "release",
        "sdk",
        "server_name",
        "tags",
        "timestamp",
    }
)
_KEPT_OF_AN_ERROR = frozenset({"type", "module", "mechanism", "stacktrace"})


class SentryReporter:
    """The client of this process, with a queue and a thread of its own."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._service = service
        self._client = Client(
            dsn=settings.sentry_dsn,
            release=f"{NAME}@{release()}",
            environment=settings.environment,
            server_name=settings.instance,
            before_send=scrub,
            # Nothing by itself: integrations would send what they find.
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            transport_queue_size=QUEUE_EVENTS,
            shutdown_timeout=FLUSH_SECONDS,
            # The same everywhere, whatever else is installed beside it.
            _experiments={"transport_compression_algo": "gzip"},  # type: ignore[typeddict-item]  # its own enum is refused
        )

    def report(self, crash: Crash) -> None:
        """Queue one event; drops it when the queue is full."""
        with capture_internal_exceptions():
            self._client.capture_event(self._event_of(crash))

    def stop(self) -> None:
        """Send what is queued; after two seconds, leave it."""
        self._client.close(timeout=FLUSH_SECONDS)

    def _event_of(self, crash: Crash) -> Event:
        event: dict[str, Any] = {}
        if crash.error is not None:
            built, _ = event_from_exception(crash.error, self._client.options)
            event = dict(built)
        event["level"] = "fatal" if crash.level == "critical" else "error"
        event["logentry"] = {"message": crash.name}
        event["tags"] = crash.facts | {"service": self._service}
        if "trace_id" in crash.facts:
            event["contexts"] = {"trace": {"trace_id": crash.facts["trace_id"]}}
        return cast("Event", event)


def scrub(event: Event, _: Hint) -> Event:
    """Keep what is on the list; the rest, known or not, does not leave."""
    kept: dict[str, Any] = {key: event[key] for key in event.keys() & _KEPT}  # type: ignore[literal-required]
    exceptions = kept.get("exception", {}).get("values", ())
    kept["exception"] = {"values": [_without_words(one) for one in exceptions]}
    return cast("Event", kept)


def _without_words(error: dict[str, Any]) -> dict[str, Any]:
    kept = {key: error[key] for key in error.keys() & _KEPT_OF_AN_ERROR}
    for frame in (kept.get("stacktrace") or {}).get("frames", ()):
        frame.pop("vars", None)
    return kept


def open_reporter(settings: Settings, *, service: str) -> SentryReporter:
    """Make the reporter of one process; connects to nothing yet."""
    return SentryReporter(settings, service)
