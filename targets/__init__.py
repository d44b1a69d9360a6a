"""Every target, read strictly from targets.toml."""

from targets.catalog import Targets
from targets.loading import TargetsUnreadable, edges, load, parse
from targets.units import Bytes, Duration, Rate, Ratio, Times

__all__ = [
    "Bytes",
    "Duration",
    "Rate",
    "Ratio",
    "Targets",
    "TargetsUnreadable",
    "Times",
    "edges",
    "load",
    "parse",
]
