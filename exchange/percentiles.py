"""Percentiles of single values."""

from collections.abc import Sequence
from math import ceil


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of `values`: always one of them.

    `share` is 0…1. Raises ValueError without values.
    """
    if not values:
        raise ValueError("no percentile of no values")
    return sorted(values)[max(0, ceil(len(values) * share) - 1)]
