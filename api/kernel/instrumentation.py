"""Tracing and crash reports of a whole process."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.kernel import crashes, tracing
from api.kernel.logs import logger
from api.settings import Settings

log = logger(__name__)


@contextmanager
def instrument_process(settings: Settings, *, service: str) -> Iterator[None]:
    """Start tracing and crash reports for the process; flush both when it ends.

    An exception that leaves the block is logged, reported and raised.
    """
    tracing.start(settings, service=service)
    crashes.start(settings, service=service)
    try:
        yield
    except Exception as error:
        log.critical("process_crashed", exc_info=error)
        raise
    finally:
        tracing.stop()
        crashes.stop()
