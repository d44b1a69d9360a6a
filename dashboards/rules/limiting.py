"""Guards of [alert] that look at gauges: pools, memory, disks, lag, age."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from dashboards.naming import exact, number
from dashboards.rules.telling import promised_alert
from dashboards.rules.watching import Level, Watch
from targets import Targets
from targets.families import Alert as Promise

Limit = Callable[[Targets, Promise], tuple[str, tuple[Level, ...]]]
OVER: Final = Decimal("1.05")
"""How far beyond its line a gauge goes when it is tried."""
POOL: Final = {"pool": "primary", "instance": "api-1", "job": "api"}
WHOLE: Final = Decimal(1000)
"""The size of a disk that is tried: any size shows the share."""


def limit_watches(promised: Targets) -> list[Watch]:
    """One alert for each promise about a gauge."""
    found = []
    for name, (page, component, limit) in LIMITS.items():
        expr, causes = limit(promised, promised.alert[name])
        alert = promised_alert(
            promised, name, page=page, component=component, expr=expr
        )
        found.append(Watch(alert=alert, causes=causes))
    return found


def connections(promised: Targets, promise: Promise) -> tuple[str, tuple[Level, ...]]:
    """Connections lent of what a pool may open, and open of what a server takes."""
    name, share = "holdfast_db_pool_connections", exact(promise.value)
    lent, most = f'{name}{{state="lent"}}', f'{name}{{state="max"}}'
    open_ = "sum by (server) (pg_stat_activity_count)"
    taken = "max by (server) (pg_settings_max_connections)"
    expr = (
        f"{lent} / ignoring(state) {most} > {number(share)}"
        f" or {open_} / {taken} > {number(share)}"
    )
    size = exact(promised.find(promise.watches).value)
    pool = Level(
        series=_series(name, {**POOL, "state": "lent"}),
        rest=Decimal(0),
        line=size * share,
        worse=size * share * OVER,
        beside={_series(name, {**POOL, "state": "max"}): size},
        labels=POOL,
    )
    return expr, (pool, _server(promised, share))


def _server(promised: Targets, share: Decimal) -> Level:
    most = Decimal(promised.assume.max_connections)
    server = {"server": "database-1"}
    return Level(
        series=_series("pg_stat_activity_count", {**server, "state": "active"}),
        rest=Decimal(0),
        line=most * share - 1,
        worse=most * share,
        beside={
            _series("pg_stat_activity_count", {**server, "state": "idle"}): Decimal(1),
            _series("pg_settings_max_connections", server): most,
        },
        labels=server,
    )


def memory(promised: Targets, promise: Promise) -> tuple[str, tuple[Level, ...]]:
    """Memory of an instance, as a share of its promised most."""
    line = exact(promise.value) * exact(promised.find(promise.watches).value)
    name = "process_resident_memory_bytes"
    stranger = _series(name, {"job": "stranger"})
    causes = tuple(
        Level(
            series=_series(name, labels),
            rest=line / 2,
            line=line,
            worse=line * OVER,
            beside={stranger: line * 2},
            labels=labels,
        )
        for labels in (
            {"job": "api", "instance": "api-1"},
            {"job": "worker", "instance": "worker-1"},
        )
    )
    return f'{name}{{job=~"api|worker"}} > {number(line)}', causes


def disk(_: Targets, promise: Promise) -> tuple[str, tuple[Level, ...]]:
    """Use of any disk that can be written; available is what a program may take."""
    line = exact(promise.value)
    kept = 'fstype!~"tmpfs|ramfs|squashfs"'
    free, size = "node_filesystem_avail_bytes", "node_filesystem_size_bytes"
    expr = f"1 - {free}{{{kept}}} / {size} > {number(line)}"
    labels = {"job": "node", "mountpoint": "/", "fstype": "ext4"}
    ramdisk = {"job": "node", "mountpoint": "/run", "fstype": "tmpfs"}
    left = WHOLE * (1 - line)
    cause = Level(
        series=_series(free, labels),
        rest=WHOLE,
        line=left,
        worse=left / OVER,
        beside={
            _series(size, labels): WHOLE,
            _series(free, ramdisk): Decimal(0),
            _series(size, ramdisk): WHOLE,
        },
        labels=labels,
    )
    return expr, (cause,)


def replication_lag(
    promised: Targets, promise: Promise
) -> tuple[str, tuple[Level, ...]]:
    """Replay lag of any member."""
    line = exact(promise.value) * exact(promised.find(promise.watches).value)
    labels = {"member": "database-2", "job": "relay"}
    name = "holdfast_replication_lag_seconds"
    cause = Level(
        series=_series(name, labels),
        rest=Decimal(0),
        line=line,
        worse=line * OVER,
        climbs=True,
        labels=labels,
    )
    return f"{name} > {number(line)}", (cause,)


def queue_age(promised: Targets, promise: Promise) -> tuple[str, tuple[Level, ...]]:
    """Age of the oldest due job; relay instances see the same queue."""
    line = exact(promise.value) * exact(promised.find(promise.watches).value)
    name = "holdfast_job_oldest_seconds"
    labels = {"queue": "default"}
    cause = Level(
        series=_series(name, {**labels, "instance": "relay-1"}),
        rest=Decimal(0),
        line=line,
        worse=line * OVER,
        climbs=True,
        beside={_series(name, {**labels, "instance": "relay-2"}): Decimal(0)},
        labels=labels,
    )
    return f"max by (queue) ({name}) > {number(line)}", (cause,)


def _series(name: str, labels: dict[str, str]) -> str:
    listed = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{listed}}}"


LIMITS: Final[dict[str, tuple[str, str, Limit]]] = {
    "db-connections": ("database-connections", "database", connections),
    "memory": ("memory-high", "api", memory),
    "disk": ("disk-filling", "machine", disk),
    "replication-lag": ("replication-lag", "database", replication_lag),
    "queue-age": ("queue-backlog", "queue", queue_age),
}
"""Alert id to runbook page, component and query."""
