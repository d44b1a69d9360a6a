"""What a suite is asked to do, and where it may leave its things."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct


class RunOptions(Struct, frozen=True):
    """One run of a suite.

    `folder` is temporary and goes with the run; `watch` shows one line of progress;
    `seed` makes whatever is drawn by chance repeatable.
    """

    quick: bool
    folder: Path
    watch: Callable[[str], None]
    seed: int = 1
