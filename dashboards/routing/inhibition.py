"""Inhibition rules: an alert about a cause silences the alerts about its symptoms."""

from typing import Any, Final

from msgspec import Struct

from dashboards.naming import alert_name
from dashboards.rules.files import all_alerts
from dashboards.rules.model import Share
from targets import Targets

API_ABSENT: Final = alert_name("api-absent")
NO_LEADER: Final = alert_name("database-leader-absent")
BROKER: Final = alert_name("broker-down")
RELAY: Final = alert_name("relay-down")
ABSENT: Final = alert_name("signal-absent")
LATE: Final = (alert_name("queue-age"), alert_name("job-wait", "budget-burn"))
"""Alerts of a stalled queue."""


class Inhibition(Struct, frozen=True, kw_only=True):
    """While `source` fires, `target` is silent. Both are Alertmanager matchers."""

    because: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...] = ()


def inhibitions(targets: Targets) -> list[Inhibition]:
    """Return every inhibition with its reason."""
    return [
        Inhibition(
            because="a page about a target says more than a ticket about it",
            source=('severity="page"',),
            target=('severity="ticket"',),
            equal=("target",),
        ),
        Inhibition(
            because="without an API instance every SLO of the API is missed",
            source=(f'alertname="{API_ABSENT}"',),
            target=('component="api"', f'alertname!="{API_ABSENT}"'),
        ),
        Inhibition(
            because="what the API exports is gone with it",
            source=(f'alertname="{API_ABSENT}"',),
            target=(f'alertname="{ABSENT}"', 'source="api"'),
        ),
        Inhibition(
            because="without a leader requests fail, queries wait and jobs stand still",
            source=(f'alertname="{NO_LEADER}"',),
            target=(_any((*symptoms(targets), *LATE)),),
        ),
        Inhibition(
            because="without a leader there is nothing to lag behind",
            source=(f'alertname="{NO_LEADER}"',),
            target=(f'alertname="{ABSENT}"', 'signal="replication"'),
        ),
        Inhibition(
            because="without the broker jobs wait for the sweep",
            source=(f'alertname="{BROKER}"',),
            target=(_any(LATE),),
        ),
        Inhibition(
            because="without the relay no job reaches the broker",
            source=(f'alertname="{RELAY}"',),
            target=(_any(LATE),),
        ),
        Inhibition(
            because="what the relay measures is gone with it",
            source=(f'alertname="{RELAY}"',),
            target=(f'alertname="{ABSENT}"', 'source="relay"'),
        ),
    ]


def symptoms(targets: Targets) -> list[str]:
    """Return the alerts about shares of bad events: symptoms, not causes."""
    return sorted(
        {
            alert_rule.alert.alert
            for alert_rule in all_alerts(targets)
            if any(isinstance(cause, Share) for cause in alert_rule.causes)
        }
    )


def rule(inhibition: Inhibition) -> dict[str, Any]:
    """Return an inhibition in Alertmanager's format."""
    tree: dict[str, Any] = {
        "source_matchers": list(inhibition.source),
        "target_matchers": list(inhibition.target),
    }
    return tree | ({"equal": list(inhibition.equal)} if inhibition.equal else {})


def _any(names: tuple[str, ...]) -> str:
    return f'alertname=~"{"|".join(dict.fromkeys(names))}"'
