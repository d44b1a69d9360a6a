"""Threshold alerts about gauges: pools, memory, disks, lag, age."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from dashboards.naming import exact, number
from dashboards.rules.annotations import target_alert
from dashboards.rules.model import AlertRule, Level
from targets import Targets
from targets.families import Alert as AlertTarget

GaugeQuery = Callable[[Targets, AlertTarget], tuple[str, tuple[Level, ...]]]
OVER: Final = Decimal("1.05")
"""How far beyond its line a gauge goes in a test."""
POOL: Final = {"pool": "primary", "instance": "api-1", "job": "api"}
WHOLE: Final = Decimal(1000)
"""The size of the disk in a test: any size shows the share."""


def gauge_alerts(targets: Targets) -> list[AlertRule]:
    """Return one alert for each [alert] target about a gauge."""
    found = []
    for name, (page, component, make_query) in GAUGE_ALERTS.items():
        expr, causes = make_query(targets, targets.alert[name])
        alert = target_alert(targets, name, page=page, component=component, expr=expr)
        found.append(AlertRule(alert=alert, causes=causes))
    return found


def connections(targets: Targets, target: AlertTarget) -> tuple[str, tuple[Level, ...]]:
    """Return the query of a pool's share in use, and of a server's."""
    name, share = "holdfast_db_pool_connections", exact(target.value)
    lent, most = f'{name}{{state="lent"}}', f'{name}{{state="max"}}'
    open_ = "sum by (server) (pg_stat_activity_count)"
    taken = "max by (server) (pg_settings_max_connections)"
    expr = (
        f"{lent} / ignoring(state) {most} > {number(share)}"
        f" or {open_} / {taken} > {number(share)}"
    )
    size = exact(targets.find(target.watches).value)
    pool = Level(
        series=_series(name, {**POOL, "state": "lent"}),
        normal=Decimal(0),
        line=size * share,
        failed=size * share * OVER,
        unchanged={_series(name, {**POOL, "state": "max"}): size},
        labels=POOL,
    )
    return expr, (pool, _server(targets, share))


def _server(targets: Targets, share: Decimal) -> Level:
    most = Decimal(targets.assume.max_connections)
    server = {"server": "database-1"}
    return Level(
        series=_series("pg_stat_activity_count", {**server, "state": "active"}),
        normal=Decimal(0),
        line=most * share - 1,
        failed=most * share,
        unchanged={
            _series("pg_stat_activity_count", {**server, "state": "idle"}): Decimal(1),
            _series("pg_settings_max_connections", server): most,
        },
        labels=server,
    )


def memory(targets: Targets, target: AlertTarget) -> tuple[str, tuple[Level, ...]]:
    """Return the query of an instance's memory as a share of its limit."""
    line = exact(target.value) * exact(targets.find(target.watches).value)
    name = "process_resident_memory_bytes"
    other = _series(name, {"job": "stranger"})
    causes = tuple(
        Level(
            series=_series(name, labels),
            normal=line / 2,
            line=line,
            failed=line * OVER,
            unchanged={other: line * 2},
            labels=labels,
        )
        for labels in (
            {"job": "api", "instance": "api-1"},
            {"job": "worker", "instance": "worker-1"},
        )
    )
    return f'{name}{{job=~"api|worker"}} > {number(line)}', causes


def disk(_: Targets, target: AlertTarget) -> tuple[str, tuple[Level, ...]]:
    """Return the query of the use of every writable disk."""
    line = exact(target.value)
    kept = 'fstype!~"tmpfs|ramfs|squashfs"'
    free, size = "node_filesystem_avail_bytes", "node_filesystem_size_bytes"
    expr = f"1 - {free}{{{kept}}} / {size} > {number(line)}"
    labels = {"job": "node", "mountpoint": "/", "fstype": "ext4"}
    ramdisk = {"job": "node", "mountpoint": "/run", "fstype": "tmpfs"}
    left = WHOLE * (1 - line)
    cause = Level(
        series=_series(free, labels),
        normal=WHOLE,
        line=left,
        failed=left / OVER,
        unchanged={
            _series(size, labels): WHOLE,
            _series(free, ramdisk): Decimal(0),
            _series(size, ramdisk): WHOLE,
        },
        labels=labels,
    )
    return expr, (cause,)


def replication_lag(
    targets: Targets, target: AlertTarget
) -> tuple[str, tuple[Level, ...]]:
    """Return the query of the replay lag of any member."""
    line = exact(target.value) * exact(targets.find(target.watches).value)
    labels = {"member": "database-2", "job": "relay"}
    name = "holdfast_replication_lag_seconds"
    cause = Level(
        series=_series(name, labels),
        normal=Decimal(0),
        line=line,
        failed=line * OVER,
        is_age=True,
        labels=labels,
    )
    return f"{name} > {number(line)}", (cause,)


def queue_age(targets: Targets, target: AlertTarget) -> tuple[str, tuple[Level, ...]]:
    """Return the query of the oldest due job; relay instances export the same queue."""
    line = exact(target.value) * exact(targets.find(target.watches).value)
    name = "holdfast_job_oldest_seconds"
    labels = {"queue": "default"}
    cause = Level(
        series=_series(name, {**labels, "instance": "relay-1"}),
        normal=Decimal(0),
        line=line,
        failed=line * OVER,
        is_age=True,
        unchanged={_series(name, {**labels, "instance": "relay-2"}): Decimal(0)},
        labels=labels,
    )
    return f"max by (queue) ({name}) > {number(line)}", (cause,)


def _series(name: str, labels: dict[str, str]) -> str:
    listed = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{listed}}}"


GAUGE_ALERTS: Final[dict[str, tuple[str, str, GaugeQuery]]] = {
    "db-connections": ("database-connections", "database", connections),
    "memory": ("memory-high", "api", memory),
    "disk": ("disk-filling", "machine", disk),
    "replication-lag": ("replication-lag", "database", replication_lag),
    "queue-age": ("queue-backlog", "queue", queue_age),
}
"""Alert id to runbook page, component and query."""
