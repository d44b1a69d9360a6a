"""JSON log lines on standard output, each with the ids of its request.

A log call passes a static event name and fields, never an object that could contain a
secret. As a last defence, fields with the names in `_SECRET_FIELDS` are blanked.
"""

import logging
import sys
from typing import cast

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from api.kernel import context, crashes

_SECRET_FIELDS = frozenset(
    {
        "access_token",
        "api_key",
        "authorization",
        "idempotency_key",
        "key",
        "password",
        "refresh_token",
        "secret",
        "token",
    }
)


def configure(*, level: str, instance: str) -> None:
    """Send the logs of this program and of its libraries to one JSON stream."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _add_context,
        _tell,
        _blank_secrets,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number_of(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _Instance(instance),
                structlog.processors.JSONRenderer(serializer=_encode),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_number_of(level))


def logger(name: str) -> FilteringBoundLogger:
    """Return the logger of one part of the program."""
    return cast(FilteringBoundLogger, structlog.get_logger(name, part=name))


class _Instance:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["instance"] = self._name
        return event


def _add_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if (request_id := context.request_id.get()) is not None:
        event.setdefault("request_id", request_id)
    if (trace_id := context.trace_id()) is not None:
        event.setdefault("trace_id", trace_id)
    if (organization_id := context.organization_id.get()) is not None:
        event.setdefault("organization_id", str(organization_id))
    return event


def _tell(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    crashes.watch(level, event)
    return event


def _blank_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for field in _SECRET_FIELDS & event.keys():
        event[field] = "***"
    return event


def _encode(event: EventDict, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _number_of(level: str) -> int:
    return logging.getLevelNamesMapping().get(level, logging.INFO)
