"""Whoever hurts pods of its own machine has the processor as if it had another one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_SESSION: Final = Path("/proc/self/autogroup")
_AHEAD: Final = "-7"
"""Weighs 4904, and a node of a cluster of this machine 4096; nice 0 weighs 1024."""


@contextmanager
def ahead_of_pods() -> Iterator[None]:
    """Let this session weigh as much as a node, until the block ends.

    Linux shares processors between sessions first. Load that waits behind the pods it
    is sent to arrives seconds late and proves nothing; from another machine it would
    not wait. All of the session gains: what is started in it, the shell it came from.
    Where Linux refuses, as it does users that are not root, or only shares between
    control groups, nothing changes: the load's own lag says what that costs.
    """
    before = ""
    with suppress(OSError):
        before = _SESSION.read_text(encoding="utf-8").split()[-1]
        _SESSION.write_text(_AHEAD, encoding="utf-8")
    try:
        yield
    finally:
        if before:
            with suppress(OSError):
                _SESSION.write_text(before, encoding="utf-8")
