"""A signal that is gone is an outage of the signal, never good news."""

from typing import Final

from dashboards.naming import alert_name
from dashboards.recording import OFTEN, windows
from dashboards.rules import Alert, Group
from targets import Targets

SIGNALS: Final = {
    "api-absent": ("api-down", 'up{job="api"} == 1', "No API instance is seen"),
    "relay-absent": (
        "figures-absent",
        'up{job="relay"} == 1',
        "No relay is seen: jobs are not published, the queue is not measured",
    ),
    "replication-absent": (
        "figures-absent",
        "holdfast_replication_lag_seconds",
        "Nobody measures replication, or no standby streams",
    ),
}


def absence_group(promised: Targets) -> Group:
    """A page for each signal that every other rule depends on."""
    patience = windows(promised)[0].text
    return Group(
        name="holdfast-absent",
        interval=OFTEN,
        rules=[
            Alert(
                alert=alert_name(name),
                expr=f"absent({query})",
                for_=patience,
                labels={"severity": "page", "target": "slo.availability"},
                annotations={
                    "summary": summary,
                    "runbook": f"runbooks/{page}.md",
                    "dashboard": "holdfast-slo",
                },
            )
            for name, (page, query, summary) in SIGNALS.items()
        ],
    )
