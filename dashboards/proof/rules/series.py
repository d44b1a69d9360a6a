"""Series in promtool's notation: `10+2x5` is 10, then five more, each 2 larger."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

GRAIN: Final = Decimal(1) / 2**20
"""Growth is a multiple of this: sums stay exact, and no counter seems to decrease."""
BEGINNING: Final = Decimal(1_000_000)
"""Counters start far from zero, where Prometheus does not extrapolate their start."""


def counter(phases: Sequence[tuple[Decimal, int]]) -> str:
    """Return a counter that grows by phases of (growth a step, steps)."""
    value = BEGINNING
    parts = [_text(value)]
    for wanted, steps in phases:
        growth = round(wanted / GRAIN) * GRAIN
        parts.append(_run(value + growth, growth, steps))
        value += growth * steps
    return " ".join(parts)


def gauge(phases: Sequence[tuple[Decimal | None, int]]) -> str:
    """Return a gauge by phases of (value, steps); None means absent."""
    parts = [
        _gone(steps) if value is None else _run(value, Decimal(0), steps)
        for value, steps in phases
        if steps
    ]
    return " ".join(parts)


def ramp(normal: Decimal, rest_steps: int, growth: Decimal, steps: int) -> str:
    """Return a gauge that is constant, then grows by `growth` a step."""
    return (
        f"{_run(normal, Decimal(0), rest_steps)} {_run(normal + growth, growth, steps)}"
    )


def _run(first: Decimal, growth: Decimal, steps: int) -> str:
    return f"{_text(first)}+{_text(growth)}x{steps - 1}"


def _gone(steps: int) -> str:
    return "stale" if steps == 1 else f"stale _x{steps - 1}"


def _text(value: Decimal) -> str:
    return f"{value:f}"
