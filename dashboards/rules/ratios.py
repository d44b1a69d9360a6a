"""Threshold alerts about shares of events over one window."""

from collections.abc import Callable
from typing import Final

from dashboards.naming import BAD, exact, number
from dashboards.rules.annotations import target_alert
from dashboards.rules.events import allowed_share, slos_with_rules, slower_ratio
from dashboards.rules.model import AlertRule, Share
from dashboards.rules.recording import windows
from targets import Targets
from targets.families import Alert as AlertTarget
from targets.units import Duration

UPTIME_WINDOW: Final = Duration.parse("1h")
"""Long enough that one failover does not fire the alert."""

RatioQuery = Callable[[Targets, AlertTarget], tuple[str, tuple[Share, ...]]]


def ratio_alerts(targets: Targets) -> list[AlertRule]:
    """Return one alert for each [alert] target about a share of events."""
    found = []
    for name, (page, component, make_query) in RATIO_ALERTS.items():
        expr, causes = make_query(targets, targets.alert[name])
        alert = target_alert(targets, name, page=page, component=component, expr=expr)
        found.append(AlertRule(alert=alert, causes=causes))
    return found


def error_rate(targets: Targets, target: AlertTarget) -> tuple[str, tuple[Share, ...]]:
    """Return the query of the share of bad requests over the shortest window."""
    slo, line = _slo_of(target), exact(target.value)
    window = windows(targets)[0]
    expr = f'{BAD}{{slo="{slo}",window="{window.text}"}} > {number(line)}'
    cause = Share(
        slo=slo,
        line=line,
        long=window,
        short=window,
        labels={"slo": slo, "window": window.text},
    )
    return expr, (cause,)


def uptime(_: Targets, target: AlertTarget) -> tuple[str, tuple[Share, ...]]:
    """Return the query of the share of good requests over an hour."""
    line, window = exact(target.value), UPTIME_WINDOW
    series = f'{BAD}{{slo="errors",window="{window.text}"}}'
    cause = Share(
        slo="errors",
        line=1 - line,
        long=window,
        short=window,
        labels={"slo": "errors", "window": window.text},
    )
    return f"1 - {series} < {number(line)}", (cause,)


def slow_events(targets: Targets, target: AlertTarget) -> tuple[str, tuple[Share, ...]]:
    """Return the query for a p95 above a duration: too many events are slower."""
    name = _slo_of(target)
    slo, slower = targets.slo[name], exact(target.value)
    window = windows(targets)[0]
    ratio = slower_ratio(targets, slo, slower, window.text)
    line = allowed_share(slo)
    cause = Share(slo=name, line=line, long=window, short=window, slower=slower)
    return f"{ratio} > {number(line)}", (cause,)


def over_own_target(
    targets: Targets, target: AlertTarget
) -> tuple[str, tuple[Share, ...]]:
    """Return the query for the p95 of a route above its own target."""
    line = allowed_share(targets.slo[_slo_of(target)]) * exact(target.value)
    window = windows(targets)[0]
    expr = f'{BAD}{{slo=~"latency.*",window="{window.text}"}} > {number(line)}'
    causes = tuple(
        Share(
            slo=name,
            line=line,
            long=window,
            short=window,
            labels={"slo": name, "window": window.text},
        )
        for name in slos_with_rules(targets)
        if name.startswith("latency")
    )
    return expr, causes


def _slo_of(target: AlertTarget) -> str:
    return target.watches.removeprefix("slo.")


RATIO_ALERTS: Final[dict[str, tuple[str, str, RatioQuery]]] = {
    "error-rate": ("api-errors", "api", error_rate),
    "uptime": ("api-errors", "api", uptime),
    "latency": ("api-latency", "api", slow_events),
    "latency-target": ("api-latency", "api", over_own_target),
    "slow-queries": ("database-slow", "database", slow_events),
}
"""Alert id to runbook page, component and query."""
