"""Multi-window burn-rate alerts: fast enough to matter, recent enough to be true.

Source of the form: Google's SRE workbook, "Alerting on SLOs". The tiers are
[budget] in targets.toml.
"""

from dashboards.events import judged
from dashboards.naming import BAD, TOTAL, alert_name, number
from dashboards.recording import OFTEN
from dashboards.rules import Alert, Group
from targets import Targets
from targets.families import Tier

PAGES = {"http": "api-errors", "db": "database-slow"}


def burn_group(promised: Targets) -> Group:
    """Every objective under every tier that can fire at all."""
    return Group(
        name="holdfast-budget-burn",
        interval=OFTEN,
        rules=[
            alert
            for name in judged(promised)
            for tier in promised.budget.burn
            if threshold(promised, name, tier) < 1
            for alert in tier_alerts(promised, name, tier)
        ],
    )


def threshold(promised: Targets, name: str, tier: Tier) -> float:
    """The share of bad events at which `tier` fires; from 1 on it never does."""
    return promised.budget.factor(tier) * promised.slo[name].bad_share


def tier_alerts(promised: Targets, name: str, tier: Tier) -> list[Alert]:
    """One alert; for a page, a ticket in its place while events are few."""
    burning = _burning(promised, name, tier)
    if tier.severity == "ticket":
        return [_alert(promised, name, tier, "ticket", burning)]
    rate = f'{TOTAL}{{slo="{name}",window="{tier.long.text}"}}'
    events = f"{rate} * {number(tier.long.seconds)}"
    enough = f"and ignoring(window) {events} >= {promised.budget.min_events}"
    few = f"and ignoring(window) {events} < {promised.budget.min_events}"
    return [
        _alert(promised, name, tier, "page", f"{burning} {enough}"),
        _alert(promised, name, tier, "ticket", f"{burning} {few}"),
    ]


def _burning(promised: Targets, name: str, tier: Tier) -> str:
    line = number(threshold(promised, name, tier))
    long = f'{BAD}{{slo="{name}",window="{tier.long.text}"}} > {line}'
    short = f'{BAD}{{slo="{name}",window="{tier.short.text}"}} > {line}'
    return f"{long} and ignoring(window) {short}"


def _alert(promised: Targets, name: str, tier: Tier, severity: str, expr: str) -> Alert:
    slo = promised.slo[name]
    budget = f"{promised.budget.window.text} budget"
    page = "api-latency" if slo.p95 and slo.signal == "http" else PAGES[slo.signal]
    return Alert(
        alert=alert_name(name, "budget-burn"),
        expr=expr,
        for_=tier.for_.text,
        labels={
            "severity": severity,
            "target": f"slo.{name}",
            "long": tier.long.text,
            "short": tier.short.text,
        },
        annotations={
            "summary": f"{slo.title}: {tier.spend.text} of the {budget}"
            f" would be gone in {tier.long.text}",
            "runbook": f"runbooks/{page}.md",
            "dashboard": "holdfast-slo",
        },
    )
