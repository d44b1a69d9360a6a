"""SIGINT, SIGHUP and SIGTERM end the run cleanly.

During a start or a clean-up the interrupt is deferred, so that every started
process is known and every clean-up completes.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Turn signals into KeyboardInterrupt, at once or when `deferred` ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._pending = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Handle signals until the block ends, then restore the previous handlers."""
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # ignored under nohup
                signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Defer an interrupt during the block; raise it afterwards."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._raise_pending()

    @contextmanager
    def ignored(self) -> Iterator[None]:
        """Discard interrupts during the block, because the run is ending."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._pending = False

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 the signature is the signal module's
        self._pending = True
        self._raise_pending()

    def _raise_pending(self) -> None:
        if self._pending and self._depth == 0:
            self._pending = False
            raise KeyboardInterrupt
