"""Crash reports by the Sentry protocol; imported only if a DSN is set.

An event is built field by field and filtered again before it is sent: type and place of
the error, ids, release. It never contains an exception's message (which may quote a
row), a local variable, a header, a body or an email address.
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
    """The Sentry client of this process, with its own queue and thread."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._service = service
        self._client = Client(
            dsn=settings.sentry_dsn,
            release=f"{NAME}@{release()}",
            environment=settings.environment,
            server_name=settings.instance,
            before_send=scrub,
            # No integrations: they would send data that is not filtered here.
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
            # A fixed algorithm; the default depends on the installed packages.
            _experiments={"transport_compression_algo": "gzip"},  # type: ignore[typeddict-item]  # its own enum is refused
        )

    def report(self, crash: Crash) -> None:
        """Queue one event; drops it when the queue is full."""
        with capture_internal_exceptions():
            self._client.capture_event(self._event_of(crash))

    def stop(self) -> None:
        """Flush the queue; give up after `FLUSH_SECONDS`."""
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
    """Return the event with only the allowed fields."""
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
