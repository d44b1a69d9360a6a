"""Raises the scheduler weight of this session above that of pods on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

AUTOGROUP: Final = Path("/proc/self/autogroup")
_NICE: Final = "-7"
"""Weight 4904; a node of a cluster on this machine has 4096; nice 0 has 1024."""


@contextmanager
def raised_scheduler_weight(autogroup: Path = AUTOGROUP) -> Iterator[None]:
    """Give this session the weight of a node until the block ends.

    Linux shares processors between sessions first. Load that waits for a processor
    behind the pods it tests arrives seconds late and proves nothing; load from another
    machine would not wait. The whole session gains, with the shell that started it.
    Where Linux refuses (to users other than root) or shares only between control
    groups, nothing changes, and the measured lag of the load shows the cost.
    """
    before = ""
    with suppress(OSError):
        before = autogroup.read_text(encoding="utf-8").split()[-1]
        autogroup.write_text(_NICE, encoding="utf-8")
    try:
        yield
    finally:
        if before:
            with suppress(OSError):
                autogroup.write_text(before, encoding="utf-8")
