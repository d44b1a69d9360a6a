"""Ctrl-C, a closed terminal or a polite kill: each ends the run, none half-way.

While something is being started or cleaned up the interrupt waits, so that no
process is born unknown and no clean-up is cut short.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Turns signals into KeyboardInterrupt, at once or when `deferred` ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._pending = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Listen until the block ends; what was there before is put back."""
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # nohup asked for it
                signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Let nothing interrupt the block; an interrupt that came is raised after."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._raise_pending()

    @contextmanager
    def ignored(self) -> Iterator[None]:
        """Let nothing interrupt the block, nor be raised after: the end is near."""
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
