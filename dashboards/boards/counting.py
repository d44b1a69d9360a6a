"""Counting what happens seldom."""

from typing import Final

WINDOW: Final = "5m"


def gained(selector: str, *, by: str) -> str:
    """How many a counter gained in five minutes, its very first included.

    A series that is born at one never rises, so increase() misses the first error of
    a kind; here what was not there five minutes ago was zero. A process that began
    anew counts from zero as well: then the gain is understated, never negative.
    """
    now = f"sum by ({by}) ({selector})"
    before = f"sum by ({by}) ({selector} offset {WINDOW})"
    return f"clamp_min({now} - ({before} or 0 * {now}), 0)"
