"""When an alert fires after everything it watches has failed, and when it resolves.

Prometheus sees a failure at its next scrape, which may first time out; it looks at the
rule at its next evaluation, and again after the alert's patience. From there on
Alertmanager takes over: its waiting is not in these numbers.
"""

import json
from math import ceil
from typing import Final

from msgspec import Struct, to_builtins

from dashboards.rules.files import watches
from dashboards.rules.recording import OFTEN_SECONDS
from dashboards.rules.watching import Cause, Level, Watch
from targets import Targets
from targets.units import Duration

SCRAPE_SECONDS: Final = 2
"""How often, and for how long, the platform on one machine scrapes."""
SEEN_SECONDS: Final = 2 * SCRAPE_SECONDS + OFTEN_SECONDS


class Prediction(Struct, frozen=True, kw_only=True):
    """What a drill expects of one alert; seconds from the fault, and from its end."""

    target: str
    runbook: str
    severity: str
    seconds_after_total_failure: int
    resolves_within_seconds: int


def predictions(promised: Targets) -> dict[str, Prediction]:
    """For every alert its soonest rule; of equals the gravest."""
    found: dict[str, Prediction] = {}
    for watch in watches(promised):
        new = _predict(watch)
        old = found.get(watch.alert.alert)
        if old is None or _order(new) < _order(old):
            found[watch.alert.alert] = new
    return found


def write_predictions(promised: Targets) -> str:
    """The text of the file that drills read."""
    return json.dumps(to_builtins(predictions(promised)), indent=2) + "\n"


def _predict(watch: Watch) -> Prediction:
    alert = watch.alert
    patience = Duration.parse(alert.for_).seconds
    cause = watch.causes[0]
    return Prediction(
        target=alert.labels["target"],
        runbook=alert.annotations["runbook"],
        severity=alert.labels["severity"],
        seconds_after_total_failure=ceil(_crossing(cause) + patience + SEEN_SECONDS),
        resolves_within_seconds=ceil(_clearing(cause) + SEEN_SECONDS),
    )


def _crossing(cause: Cause) -> float:
    """Seconds of total failure after which the query is true."""
    if isinstance(cause, Level):
        return float(cause.line or 0) if cause.climbs else 0.0
    return float(cause.long.exact * cause.line)


def _clearing(cause: Cause) -> float:
    """Seconds without a bad event after which the query is false again."""
    if isinstance(cause, Level):
        return 0.0
    return float(cause.short.exact * (1 - cause.line))


def _order(one: Prediction) -> tuple[int, str]:
    return one.seconds_after_total_failure, one.severity
