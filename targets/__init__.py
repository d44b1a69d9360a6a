"""Every promised number, read strictly from targets.toml."""

from targets.catalog import Targets
from targets.loading import TargetsUnreadable, edges, load, parse
from targets.units import Bytes, Duration, Rate, Ratio

__all__ = [
    "Bytes",
    "Duration",
    "Rate",
    "Ratio",
    "Targets",
    "TargetsUnreadable",
    "edges",
    "load",
    "parse",
]
