"""Names of records and alerts, derived from target ids."""

from decimal import Decimal
from typing import Final

GOOD: Final = "holdfast:slo_good:rate"
TOTAL: Final = "holdfast:slo_total:rate"
BAD: Final = "holdfast:slo_bad:ratio"
BURN: Final = "holdfast:slo_burn:rate"
"""Burn rate: how many times faster than allowed an error budget is used."""
BUDGET_LEFT: Final = "holdfast:slo_budget_left:ratio"
TARGET: Final = "holdfast:target"
"""The number of a target."""


def alert_name(*words: str) -> str:
    """Return the alert's name: `error-rate` becomes `HoldfastErrorRate`."""
    parts = [part for word in words for part in word.split("-")]
    return "Holdfast" + "".join(part.capitalize() for part in parts)


def exact(value: float | Decimal) -> Decimal:
    """Return the decimal that a number was written as: 0.001, not 0.00099999."""
    return Decimal(str(value))


def number(value: float | Decimal) -> str:
    """Return a number for PromQL: all its digits, no exponent."""
    return f"{exact(value).normalize():f}"
