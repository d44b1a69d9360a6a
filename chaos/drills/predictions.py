"""Times at which an alert must fire and resolve, computed from its rule."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

PUBLISHED: Final = Path(__file__).parents[2] / "dashboards/rendered/predictions.json"


class Prediction(Struct, frozen=True):
    """The times that one alert's rule predicts for a total failure."""

    target: str
    runbook: str
    seconds_after_total_failure: float
    resolves_within_seconds: float


class PredictionMissing(Exception):
    """The alert has no rule, so the time of firing is unknown."""


def read_prediction(alert: str, published: Path = PUBLISHED) -> Prediction:
    """Return the prediction for `alert`; raises PredictionMissing."""
    try:
        known = msgspec.json.decode(published.read_bytes(), type=dict[str, Prediction])
    except (OSError, msgspec.DecodeError) as unreadable:
        raise PredictionMissing(f"{published.name}: {unreadable}") from unreadable
    if alert not in known:
        raise PredictionMissing(f"no rule is called {alert}")
    return known[alert]
