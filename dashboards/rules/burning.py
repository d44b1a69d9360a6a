"""Multi-window burn-rate alerts: fast enough to matter, recent enough to be true.

Source of the form: Google's SRE workbook, "Alerting on SLOs". The tiers are
[budget] in targets.toml.
"""

from decimal import Decimal
from typing import Final

from dashboards.naming import BAD, TOTAL, alert_name, exact, number
from dashboards.rules.events import allowed_share, judged
from dashboards.rules.model import Alert
from dashboards.rules.telling import annotations
from dashboards.rules.watching import Events, Share, Watch
from targets import Targets
from targets.families import Severity, Slo, Tier

ABOUT: Final = {
    "http": ("api-errors", "api"),
    "db": ("database-slow", "database"),
    "wait": ("queue-backlog", "queue"),
    "job": ("jobs-slow", "queue"),
}
"""Signal to runbook page and component."""


def burn_watches(promised: Targets) -> list[Watch]:
    """Every objective under every tier that can fire at all."""
    return [
        watch
        for name in judged(promised)
        for tier in promised.budget.burn
        if threshold(promised, name, tier) < 1
        for watch in tier_watches(promised, name, tier)
    ]


def threshold(promised: Targets, name: str, tier: Tier) -> Decimal:
    """The share of bad events at which `tier` fires; from 1 on it never does."""
    factor = exact(promised.budget.factor(tier))
    return factor * allowed_share(promised.slo[name])


def tier_watches(promised: Targets, name: str, tier: Tier) -> list[Watch]:
    """One alert; for a page, a ticket in its place while events are few."""
    burning = _burning(promised, name, tier)
    if tier.severity == "ticket":
        return [_watch(promised, name, tier, severity="ticket", expr=burning)]
    rate = f'{TOTAL}{{slo="{name}",window="{tier.long.text}"}}'
    events = f"{rate} * {number(tier.long.exact)}"
    enough = f"and ignoring(window) {events} >= {promised.budget.min_events}"
    few = f"and ignoring(window) {events} < {promised.budget.min_events}"
    return [
        _watch(
            promised,
            name,
            tier,
            severity="page",
            expr=f"{burning} {enough}",
            events="many",
        ),
        _watch(
            promised,
            name,
            tier,
            severity="ticket",
            expr=f"{burning} {few}",
            events="few",
        ),
    ]


def _burning(promised: Targets, name: str, tier: Tier) -> str:
    line = number(threshold(promised, name, tier))
    long = f'{BAD}{{slo="{name}",window="{tier.long.text}"}} > {line}'
    short = f'{BAD}{{slo="{name}",window="{tier.short.text}"}} > {line}'
    return f"{long} and ignoring(window) {short}"


def _watch(  # noqa: PLR0913 - what tells one tier's alert from another's
    promised: Targets,
    name: str,
    tier: Tier,
    *,
    severity: Severity,
    expr: str,
    events: Events = "any",
) -> Watch:
    share = Share(
        slo=name,
        line=threshold(promised, name, tier),
        long=tier.long,
        short=tier.short,
        events=events,
        labels={"slo": name, "window": tier.long.text},
    )
    alert = _alert(promised, name, tier, severity, expr)
    return Watch(alert=alert, causes=(share,))


def _alert(promised: Targets, name: str, tier: Tier, severity: str, expr: str) -> Alert:
    slo = promised.slo[name]
    page, component = about(slo)
    budget = f"{promised.budget.window.text} budget"
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
    """The runbook page of an objective, and the component it is about."""
    page, component = ABOUT[slo.signal]
    return ("api-latency" if slo.signal == "http" and slo.p95 else page), component
