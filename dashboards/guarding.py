"""The [alert] family of targets.toml: what somebody asked to be told about."""

from collections.abc import Callable
from typing import Final

from dashboards.events import slower_ratio
from dashboards.naming import BAD, alert_name, number
from dashboards.recording import OFTEN, windows
from dashboards.rules import Alert, Group
from targets import Targets
from targets.families import Alert as Promise

Expression = Callable[[Targets, Promise], str]
UPTIME_WINDOW: Final = "1h"
"""Long enough that a failover alone does not look like a day's outage."""


def guard_group(promised: Targets) -> Group:
    """One alert for each promise whose signal exists on the platform."""
    return Group(
        name="holdfast-guards",
        interval=OFTEN,
        rules=[
            Alert(
                alert=alert_name(name),
                expr=expression(promised, promised.alert[name]),
                for_=promised.alert[name].for_.text,
                labels={
                    "severity": promised.alert[name].severity,
                    "target": f"alert.{name}",
                },
                annotations={
                    "summary": promised.alert[name].title,
                    "runbook": f"runbooks/{page}.md",
                    "dashboard": "holdfast-slo",
                },
            )
            for name, (page, expression) in GUARDS.items()
        ],
    )


def error_rate(promised: Targets, alert: Promise) -> str:
    """The share of bad requests, over the shortest window."""
    series = _recent(promised, f'slo="{_watched(alert)}"')
    return f"{series} > {number(alert.value)}"


def uptime(_: Targets, alert: Promise) -> str:
    """The share of good requests, over an hour."""
    series = f'{BAD}{{slo="errors",window="{UPTIME_WINDOW}"}}'
    return f"1 - {series} < {number(alert.value)}"


def slow_events(promised: Targets, alert: Promise) -> str:
    """p95 over a duration, exactly: more than the allowed share is slower than it."""
    slo = promised.slo[_watched(alert)]
    window = windows(promised)[0].text
    slower = slower_ratio(promised, slo, alert.value, window)
    return f"{slower} > {number(slo.bad_share)}"


def over_own_target(promised: Targets, alert: Promise) -> str:
    """p95 of any route over that route's own promise."""
    share = promised.slo[_watched(alert)].bad_share * alert.value
    series = _recent(promised, 'slo=~"latency.*"')
    return f"{series} > {number(share)}"


def connections(_: Targets, alert: Promise) -> str:
    """Connections lent, as a share of what the pool may open."""
    lent = 'holdfast_db_pool_connections{state="lent"}'
    most = 'holdfast_db_pool_connections{state="max"}'
    return f"{lent} / ignoring(state) {most} > {number(alert.value)}"


def memory(promised: Targets, alert: Promise) -> str:
    """Memory of an instance, as a share of its promised most."""
    most = promised.find(alert.watches).value
    used = 'process_resident_memory_bytes{job=~"api|worker"}'
    return f"{used} > {number(alert.value * most)}"


def replication_lag(promised: Targets, alert: Promise) -> str:
    """Replay lag of any member."""
    most = promised.find(alert.watches).value
    return f"holdfast_replication_lag_seconds > {number(alert.value * most)}"


def queue_age(promised: Targets, alert: Promise) -> str:
    """Age of the oldest due job; relay instances see the same queue."""
    most = promised.find(alert.watches).value
    oldest = "max by (queue) (holdfast_job_oldest_seconds)"
    return f"{oldest} > {number(alert.value * most)}"


def _watched(alert: Promise) -> str:
    return alert.watches.removeprefix("slo.")


def _recent(promised: Targets, selector: str) -> str:
    return f'{BAD}{{{selector},window="{windows(promised)[0].text}"}}'


GUARDS: Final[dict[str, tuple[str, Expression]]] = {
    "error-rate": ("api-errors", error_rate),
    "uptime": ("api-errors", uptime),
    "latency": ("api-latency", slow_events),
    "latency-target": ("api-latency", over_own_target),
    "slow-queries": ("database-slow", slow_events),
    "db-connections": ("database-connections", connections),
    "memory": ("memory-high", memory),
    "replication-lag": ("replication-lag", replication_lag),
    "queue-age": ("queue-backlog", queue_age),
}
"""Alert id to runbook page and query. `disk` waits for a disk to be measured."""
