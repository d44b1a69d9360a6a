"""Saturation of the database: connections and disk."""

from dashboards.boards.panels import COUNT, SHARE, Panel, Query, Row, target_line
from targets import Targets


def saturation_row(targets: Targets) -> Row:
    return Row(
        title="Saturation",
        panels=(
            _connections(targets),
            _states(),
            _disk(targets),
        ),
    )


def _connections(targets: Targets) -> Panel:
    return Panel(
        title="Connections",
        description="Share of max_connections in use, by server. At 100 % no client"
        " can connect, not even to repair it.",
        runbook="database-connections",
        unit=SHARE,
        bounded=True,
        line=target_line(targets, "alert.db-connections"),
        queries=(
            Query(
                expr="sum by (server) (pg_stat_activity_count)"
                " / sum by (server) (pg_settings_max_connections)",
                legend="{{server}}",
            ),
        ),
        width=8,
    )


def _states() -> Panel:
    return Panel(
        title="Connections by state",
        description="Idle connections belong to pools. Many connections idle in a"
        " transaction mean that a program does not end its transactions.",
        runbook="database-connections",
        unit=COUNT,
        stacked=True,
        queries=(
            Query(
                expr="sum by (state) (pg_stat_activity_count"
                '{state=~"active|idle|idle in transaction"})',
                legend="{{state}}",
            ),
        ),
        width=8,
    )


def _disk(targets: Targets) -> Panel:
    disk = '{fstype=~"ext.|xfs|btrfs|overlay"}'
    return Panel(
        title="Disk in use",
        description="Share of each disk. A full disk stops writes at once. First"
        " check for a replication slot that keeps the write-ahead log.",
        runbook="disk-filling",
        unit=SHARE,
        bounded=True,
        line=target_line(targets, "alert.disk"),
        queries=(
            Query(
                expr=f"1 - node_filesystem_avail_bytes{disk}"
                f" / node_filesystem_size_bytes{disk}",
                legend="{{mountpoint}}",
            ),
        ),
        width=8,
    )
