"""Guards of [alert] that look at shares of events over one short window."""

from collections.abc import Callable
from typing import Final

from dashboards.naming import BAD, exact, number
from dashboards.rules.events import allowed_share, judged, slower_ratio
from dashboards.rules.recording import windows
from dashboards.rules.telling import promised_alert
from dashboards.rules.watching import Share, Watch
from targets import Targets
from targets.families import Alert as Promise
from targets.units import Duration

UPTIME_WINDOW: Final = Duration.parse("1h")
"""Long enough that a failover alone does not look like a day's outage."""

Guard = Callable[[Targets, Promise], tuple[str, tuple[Share, ...]]]


def guard_watches(promised: Targets) -> list[Watch]:
    """One alert for each promise about a share of events."""
    found = []
    for name, (page, component, guard) in GUARDS.items():
        expr, causes = guard(promised, promised.alert[name])
        alert = promised_alert(
            promised, name, page=page, component=component, expr=expr
        )
        found.append(Watch(alert=alert, causes=causes))
    return found


def error_rate(promised: Targets, promise: Promise) -> tuple[str, tuple[Share, ...]]:
    """The share of bad requests, over the shortest window."""
    slo, line = _watched(promise), exact(promise.value)
    window = windows(promised)[0]
    expr = f'{BAD}{{slo="{slo}",window="{window.text}"}} > {number(line)}'
    cause = Share(
        slo=slo,
        line=line,
        long=window,
        short=window,
        labels={"slo": slo, "window": window.text},
    )
    return expr, (cause,)


def uptime(_: Targets, promise: Promise) -> tuple[str, tuple[Share, ...]]:
    """The share of good requests, over an hour."""
    line, window = exact(promise.value), UPTIME_WINDOW
    series = f'{BAD}{{slo="errors",window="{window.text}"}}'
    cause = Share(
        slo="errors",
        line=1 - line,
        long=window,
        short=window,
        labels={"slo": "errors", "window": window.text},
    )
    return f"1 - {series} < {number(line)}", (cause,)


def slow_events(promised: Targets, promise: Promise) -> tuple[str, tuple[Share, ...]]:
    """p95 over a duration, exactly: more than the allowed share is slower than it."""
    name = _watched(promise)
    slo, slower = promised.slo[name], exact(promise.value)
    window = windows(promised)[0]
    ratio = slower_ratio(promised, slo, slower, window.text)
    line = allowed_share(slo)
    cause = Share(slo=name, line=line, long=window, short=window, slower=slower)
    return f"{ratio} > {number(line)}", (cause,)


def over_own_target(
    promised: Targets, promise: Promise
) -> tuple[str, tuple[Share, ...]]:
    """p95 of any route over that route's own promise."""
    line = allowed_share(promised.slo[_watched(promise)]) * exact(promise.value)
    window = windows(promised)[0]
    expr = f'{BAD}{{slo=~"latency.*",window="{window.text}"}} > {number(line)}'
    causes = tuple(
        Share(
            slo=name,
            line=line,
            long=window,
            short=window,
            labels={"slo": name, "window": window.text},
        )
        for name in judged(promised)
        if name.startswith("latency")
    )
    return expr, causes


def _watched(promise: Promise) -> str:
    return promise.watches.removeprefix("slo.")


GUARDS: Final[dict[str, tuple[str, str, Guard]]] = {
    "error-rate": ("api-errors", "api", error_rate),
    "uptime": ("api-errors", "api", uptime),
    "latency": ("api-latency", "api", slow_events),
    "latency-target": ("api-latency", "api", over_own_target),
    "slow-queries": ("database-slow", "database", slow_events),
}
"""Alert id to runbook page, component and query."""
