"""Histogram edges from limits: a limit that is not an edge cannot be judged."""

from collections.abc import Iterable
from decimal import Decimal

_STEPS = (Decimal(1), Decimal("2.5"), Decimal(5))


def edges_for(limits: Iterable[Decimal]) -> tuple[float, ...]:
    """Return every limit plus edges at 1, 2.5 and 5 per decade around them, in seconds.

    The edges reach from a fortieth of the lowest limit to five times the highest, so
    that values far from a limit are still resolved. Edges nearer than a quarter to a
    limit are left out: they would cost a series without adding information.
    """
    wanted = sorted(set(limits))
    if not wanted:
        raise ValueError("no limit to take edges from")
    lowest, highest = wanted[0] / 40, wanted[-1] * 5
    rungs = [rung for rung in _ladder() if lowest <= rung <= highest]
    kept = [rung for rung in rungs if not any(_is_near(rung, w) for w in wanted)]
    return tuple(float(edge) for edge in sorted({*wanted, *kept}))


def _ladder() -> list[Decimal]:
    return [step.scaleb(power) for power in range(-5, 4) for step in _STEPS]


def _is_near(rung: Decimal, limit: Decimal) -> bool:
    return abs(rung - limit) < limit / 4
