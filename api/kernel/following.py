"""What follows a whole process: its spans and its crashes, until it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.kernel import crashes, tracing
from api.kernel.logs import logger
from api.settings import Settings

_log = logger(__name__)


@contextmanager
def followed(settings: Settings, *, service: str) -> Iterator[None]:
    """Export spans and report crashes during the block; send the rest at its end.

    An exception that leaves the block is the process's crash: logged, reported, raised.
    """
    tracing.start(settings, service=service)
    crashes.start(settings, service=service)
    try:
        yield
    except Exception as error:
        _log.critical("process_crashed", exc_info=error)
        raise
    finally:
        tracing.stop()
        crashes.stop()
