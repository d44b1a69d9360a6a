"""Formatting of numbers."""

from collections.abc import Callable
from typing import Final

_MINUTE = 60.0
_TWO_MINUTES = 120.0
_HOUR = 3600.0
_TWO_DAYS = 48 * _HOUR
_MILLION = 1e6
_BILLION = 1e9
_TEN = 10


def write_figure(value: float | None, unit: str) -> str:
    """Format a value in its base unit, like `142 ms`, `99.93 %` or `187 MB`."""
    if value is None:
        return "—"
    write = _WRITERS.get(unit)
    return write(value) if write else f"{value:,.0f}"


def write_rate(value: float) -> str:
    """Format a rate per second."""
    return f"{value:,.0f}/s" if value >= _TEN else f"{value:.2g}/s"


def write_seconds(value: float) -> str:
    """Format a duration in the unit that makes it short."""
    if value < 1:
        milliseconds = value * 1000
        return f"{milliseconds:.3g} ms" if milliseconds else "0 s"
    if value < _MINUTE:
        return f"{value:.3g} s"
    if value < _TWO_MINUTES * 30:
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    if value < _TWO_DAYS:
        return f"{value / _HOUR:.3g} h"
    return f"{value / (24 * _HOUR):.3g} d"


def write_bytes(value: float) -> str:
    """Format memory in MB or GB, powers of ten."""
    if value >= _BILLION:
        return f"{value / _BILLION:.2f} GB"
    return f"{value / _MILLION:.0f} MB"


_WRITERS: Final[dict[str, Callable[[float], str]]] = {
    "s": write_seconds,
    "B": write_bytes,
    "1/s": write_rate,
    "ratio": lambda value: f"{value * 100:.6g} %",
    "times": lambda value: f"{value:.2f} ×",
}
