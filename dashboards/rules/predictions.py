"""Predicted times: when an alert fires after a total failure, and when it resolves.

Prometheus sees a failure at its next scrape, which may first time out; it evaluates
the rule at its next interval, and again after the alert's `for`. Then Alertmanager
takes over: its delays are not in these numbers.
"""

import json
from math import ceil
from typing import Final

from msgspec import Struct, to_builtins

from dashboards.rules.files import all_alerts
from dashboards.rules.model import AlertRule, Cause, Level
from dashboards.rules.recording import OFTEN_SECONDS
from targets import Targets
from targets.units import Duration

SCRAPE_SECONDS: Final = 2
"""Interval and timeout of a scrape on one machine."""
SEEN_SECONDS: Final = 2 * SCRAPE_SECONDS + OFTEN_SECONDS


class Prediction(Struct, frozen=True, kw_only=True):
    """Times that a drill expects of an alert, from the fault and from its end."""

    target: str
    runbook: str
    severity: str
    seconds_after_total_failure: int
    resolves_within_seconds: int


def predictions(targets: Targets) -> dict[str, Prediction]:
    """Return the prediction of each alert's first rule; of equals the most severe."""
    found: dict[str, Prediction] = {}
    for alert_rule in all_alerts(targets):
        new = _predict(alert_rule)
        old = found.get(alert_rule.alert.alert)
        if old is None or _order(new) < _order(old):
            found[alert_rule.alert.alert] = new
    return found


def write_predictions(targets: Targets) -> str:
    """Return the text of the file that drills read."""
    return json.dumps(to_builtins(predictions(targets)), indent=2) + "\n"


def _predict(alert_rule: AlertRule) -> Prediction:
    alert = alert_rule.alert
    for_steps = Duration.parse(alert.for_).seconds
    cause = alert_rule.causes[0]
    return Prediction(
        target=alert.labels["target"],
        runbook=alert.annotations["runbook"],
        severity=alert.labels["severity"],
        seconds_after_total_failure=ceil(_crossing(cause) + for_steps + SEEN_SECONDS),
        resolves_within_seconds=ceil(_clearing(cause) + SEEN_SECONDS),
    )


def _crossing(cause: Cause) -> float:
    """Return the seconds of total failure until the query has a result."""
    if isinstance(cause, Level):
        return float(cause.line or 0) if cause.is_age else 0.0
    return float(cause.long.exact * cause.line)


def _clearing(cause: Cause) -> float:
    """Return the seconds without a bad event until the query has no result."""
    if isinstance(cause, Level):
        return 0.0
    return float(cause.short.exact * (1 - cause.line))


def _order(one: Prediction) -> tuple[int, str]:
    return one.seconds_after_total_failure, one.severity
