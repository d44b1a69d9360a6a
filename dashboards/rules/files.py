"""All rules, by the file that holds them."""

from collections.abc import Iterable

from dashboards.rules.absence import absence_alerts
from dashboards.rules.burn import burn_alerts
from dashboards.rules.components import component_alerts
from dashboards.rules.gauges import gauge_alerts
from dashboards.rules.model import AlertRule, Group
from dashboards.rules.ratios import ratio_alerts
from dashboards.rules.recording import OFTEN, recording_groups
from targets import Targets


def alert_groups(targets: Targets) -> dict[str, list[AlertRule]]:
    """Return every alert with its causes, by the name of its group."""
    return {
        "holdfast-budget-burn": burn_alerts(targets),
        "holdfast-thresholds": [*ratio_alerts(targets), *gauge_alerts(targets)],
        "holdfast-components": component_alerts(targets),
        "holdfast-absent": absence_alerts(targets),
    }


def all_alerts(targets: Targets) -> list[AlertRule]:
    """Return every alert with its causes."""
    return [one for listed in alert_groups(targets).values() for one in listed]


def rule_groups(targets: Targets) -> dict[str, list[Group]]:
    """Return the groups of each rule file."""
    return {
        "records.rules.yml": recording_groups(targets),
        "alerts.rules.yml": [
            _alert_group(name, listed) for name, listed in alert_groups(targets).items()
        ],
    }


def _alert_group(name: str, listed: Iterable[AlertRule]) -> Group:
    return Group(
        name=name, interval=OFTEN, rules=[alert_rule.alert for alert_rule in listed]
    )
