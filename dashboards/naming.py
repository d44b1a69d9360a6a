"""How records and alerts are called: derived from target ids, spelt nowhere else."""

from decimal import Decimal
from typing import Final

GOOD: Final = "holdfast:slo_good:rate"
TOTAL: Final = "holdfast:slo_total:rate"
BAD: Final = "holdfast:slo_bad:ratio"
BURN: Final = "holdfast:slo_burn:rate"
"""How many times faster than allowed a budget is spent: 1 spends it in its window."""
BUDGET_LEFT: Final = "holdfast:slo_budget_left:ratio"
TARGET: Final = "holdfast:target"
"""The promised number of a target, so that a panel draws its line without typing it."""


def alert_name(*words: str) -> str:
    """`error-rate` becomes `HoldfastErrorRate`."""
    parts = [part for word in words for part in word.split("-")]
    return "Holdfast" + "".join(part.capitalize() for part in parts)


def exact(value: float | Decimal) -> Decimal:
    """The decimal that a number was written as: 0.001 and never 0.00099999."""
    return Decimal(str(value))


def number(value: float | Decimal) -> str:
    """A number as PromQL reads it: all its digits, no binary noise, no exponent."""
    return f"{exact(value).normalize():f}"
