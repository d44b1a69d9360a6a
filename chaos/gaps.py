"""How long nothing was acknowledged."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple


class Gap(NamedTuple):
    """A stretch without an acknowledgement, in epoch seconds."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def longest_gap(acknowledged: Iterable[float], *, since: float, until: float) -> Gap:
    """The longest stretch of [since, until] that holds no acknowledgement inside.

    The edges of the window close a gap too: with no acknowledgement at all the
    gap is the whole window. Raises ValueError when the window is empty.
    """
    if until <= since:
        raise ValueError(f"no time between {since} and {until}")
    inside = sorted(at for at in acknowledged if since < at < until)
    stretches = (Gap(*edges) for edges in pairwise([since, *inside, until]))
    return max(stretches, key=lambda gap: gap.seconds)
