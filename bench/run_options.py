"""The options of a run of a suite."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct


class RunOptions(Struct, frozen=True):
    """One run of a suite.

    `folder` is deleted after the run; `watch` shows one line of progress;
    `seed` makes random values repeatable.
    """

    quick: bool
    folder: Path
    watch: Callable[[str], None]
    seed: int = 1
