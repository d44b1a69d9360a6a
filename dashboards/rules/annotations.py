"""Labels and annotations of alerts."""

from collections.abc import Mapping
from typing import Final

from dashboards.naming import alert_name
from dashboards.rules.model import Alert
from targets import Targets

BOARDS: Final = {
    "api": "holdfast-api",
    "database": "holdfast-database",
    "queue": "holdfast-workers",
    "cache": "holdfast-api",
    "machine": "holdfast-database",
    "metrics": "holdfast-slo",
}
"""The board of each component."""


def target_alert(  # noqa: PLR0913 - one keyword for each part of an alert
    targets: Targets,
    name: str,
    *,
    page: str,
    component: str,
    expr: str,
    labels: Mapping[str, str] | None = None,
) -> Alert:
    """Return the alerting rule of one [alert] target, with its `for` and severity."""
    target = targets.alert[name]
    return Alert(
        alert=alert_name(name),
        expr=expr,
        for_=target.for_.text,
        labels={
            "severity": target.severity,
            "target": f"alert.{name}",
            "component": component,
            **(labels or {}),
        },
        annotations=annotations(target.title, page, component),
    )


def annotations(summary: str, page: str, component: str) -> dict[str, str]:
    """Return summary, runbook page and dashboard."""
    return {
        "summary": summary,
        "runbook": f"runbooks/{page}.md",
        "dashboard": BOARDS[component],
    }
