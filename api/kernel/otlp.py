"""Span export by OTLP over HTTP; imported only if a collector is configured.

The collector never delays a request: a thread sends the spans from a bounded queue, and
spans that do not fit are dropped.
"""

import logging
import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.version import __version__
from opentelemetry.trace import Tracer

from api.kernel.logs import logger
from api.kernel.release import NAME, release
from api.settings import Settings

QUEUE_SPANS = 4_096
BATCH_SPANS = 512
PAUSE_SECONDS = 2.0
EXPORT_SECONDS = 3.0
FLUSH_SECONDS = 2.0

log = logger(__name__)


class LoggingExporter(SpanExporter):
    """Exporter that logs once when export fails, and once when it works again."""

    def __init__(self, exporter: SpanExporter, endpoint: str) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self.failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch; called by the queue's thread only."""
        result = self._exporter.export(spans)
        failing = result is not SpanExportResult.SUCCESS
        if failing and not self.failing:
            log.warning("traces_lost", endpoint=self._endpoint)
        if self.failing and not failing:
            log.info("traces_arrive_again", endpoint=self._endpoint)
        self.failing = failing
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()


class OtlpExporter:
    """The tracer of this process and its export queue."""

    def __init__(self, exporter: LoggingExporter, resource: Resource) -> None:
        self._exporter = exporter
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # tracing.py samples before it starts a span
            resource=resource,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=QUEUE_SPANS,
                max_export_batch_size=BATCH_SPANS,
                schedule_delay_millis=PAUSE_SECONDS * 1000,
            )
        )
        self.tracer: Tracer = self._provider.get_tracer(NAME, release())

    @property
    def failing(self) -> bool:
        """Return whether the last batch was lost."""
        return self._exporter.failing

    def stop(self) -> None:
        """Flush the queue; give up after `FLUSH_SECONDS`."""
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(FLUSH_SECONDS)


def make_exporter(settings: Settings, *, service: str) -> OtlpExporter:
    """Make the exporter of one process; connects to nothing yet."""
    # The library logs every failed batch; `LoggingExporter` logs the first.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(
        endpoint=f"{settings.otlp_endpoint}/v1/traces", timeout=EXPORT_SECONDS
    )
    told = LoggingExporter(exporter, settings.otlp_endpoint)
    return OtlpExporter(told, describe(settings, service))


def describe(settings: Settings, service: str) -> Resource:
    """Return the resource attributes: service, instance, version."""
    return Resource(
        {
            "service.name": service,
            "service.namespace": NAME,
            "service.instance.id": settings.instance,
            "service.version": release(),
            "deployment.environment.name": settings.environment,
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": __version__,
        }
    )
