"""Multi-window burn-rate alerts: a long and a short window must both be over the line.

Source of the form: Google's SRE workbook, "Alerting on SLOs". The tiers are
[budget] in targets.toml.
"""

from decimal import Decimal
from typing import Final

from dashboards.naming import BAD, TOTAL, alert_name, exact, number
from dashboards.rules.annotations import annotations
from dashboards.rules.events import allowed_share, slos_with_rules
from dashboards.rules.model import Alert, AlertRule, Events, Share
from targets import Targets
from targets.families import Severity, Slo, Tier

ABOUT: Final = {
    "http": ("api-errors", "api"),
    "db": ("database-slow", "database"),
    "wait": ("queue-backlog", "queue"),
    "job": ("jobs-slow", "queue"),
}
"""Signal to runbook page and component."""


def burn_alerts(targets: Targets) -> list[AlertRule]:
    """Return the alerts of every SLO and every tier that can fire."""
    return [
        alert_rule
        for name in slos_with_rules(targets)
        for tier in targets.budget.burn
        if threshold(targets, name, tier) < 1
        for alert_rule in tier_alerts(targets, name, tier)
    ]


def threshold(targets: Targets, name: str, tier: Tier) -> Decimal:
    """Return the share of bad events at which `tier` fires; at 1 it never does."""
    factor = exact(targets.budget.factor(tier))
    return factor * allowed_share(targets.slo[name])


def tier_alerts(targets: Targets, name: str, tier: Tier) -> list[AlertRule]:
    """Return the alert of a tier; for a page, also the ticket for few events."""
    burning = _burning(targets, name, tier)
    if tier.severity == "ticket":
        return [_watch(targets, name, tier, severity="ticket", expr=burning)]
    rate = f'{TOTAL}{{slo="{name}",window="{tier.long.text}"}}'
    events = f"{rate} * {number(tier.long.exact)}"
    enough = f"and ignoring(window) {events} >= {targets.budget.min_events}"
    few = f"and ignoring(window) {events} < {targets.budget.min_events}"
    return [
        _watch(
            targets,
            name,
            tier,
            severity="page",
            expr=f"{burning} {enough}",
            events="many",
        ),
        _watch(
            targets,
            name,
            tier,
            severity="ticket",
            expr=f"{burning} {few}",
            events="few",
        ),
    ]


def _burning(targets: Targets, name: str, tier: Tier) -> str:
    line = number(threshold(targets, name, tier))
    long = f'{BAD}{{slo="{name}",window="{tier.long.text}"}} > {line}'
    short = f'{BAD}{{slo="{name}",window="{tier.short.text}"}} > {line}'
    return f"{long} and ignoring(window) {short}"


def _watch(  # noqa: PLR0913 - each is a part of a tier's alert
    targets: Targets,
    name: str,
    tier: Tier,
    *,
    severity: Severity,
    expr: str,
    events: Events = "any",
) -> AlertRule:
    share = Share(
        slo=name,
        line=threshold(targets, name, tier),
        long=tier.long,
        short=tier.short,
        events=events,
        labels={"slo": name, "window": tier.long.text},
    )
    alert = _alert(targets, name, tier, severity, expr)
    return AlertRule(alert=alert, causes=(share,))


def _alert(targets: Targets, name: str, tier: Tier, severity: str, expr: str) -> Alert:
    slo = targets.slo[name]
    page, component = about(slo)
    budget = f"{targets.budget.window.text} budget"
    summary = (
        f"{slo.title}: {tier.spend.text} of the {budget}"
        f" would be gone in {tier.long.text}"
    )
    return Alert(
        alert=alert_name(name, "budget-burn"),
        expr=expr,
        for_=tier.for_.text,
        labels={
            "severity": severity,
            "target": f"slo.{name}",
            "component": component,
            "long": tier.long.text,
            "short": tier.short.text,
        },
        annotations=annotations(summary, page, component),
    )


def about(slo: Slo) -> tuple[str, str]:
    """Return the runbook page and the component of an SLO."""
    page, component = ABOUT[slo.signal]
    return ("api-latency" if slo.signal == "http" and slo.p95 else page), component
