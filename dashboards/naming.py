"""How records and alerts are called: derived from target ids, spelt nowhere else."""

from typing import Final

GOOD: Final = "holdfast:slo_good:rate"
TOTAL: Final = "holdfast:slo_total:rate"
BAD: Final = "holdfast:slo_bad:ratio"
BUDGET_LEFT: Final = "holdfast:slo_budget_left:ratio"
PROMISED: Final = "holdfast:promised"
"""The promised number of a target, so that a panel draws its line without typing it."""


def alert_name(*words: str) -> str:
    """`error-rate` becomes `HoldfastErrorRate`."""
    parts = [part for word in words for part in word.split("-")]
    return "Holdfast" + "".join(part.capitalize() for part in parts)


def number(value: float) -> str:
    """A number as PromQL reads it, without binary noise."""
    return f"{value:.6g}"
