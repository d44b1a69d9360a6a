"""Replication: how far the standbys are behind the leader."""

from typing import Final

from dashboards.boards.panels import (
    BYTES,
    BYTES_PER_SECOND,
    SECONDS,
    Panel,
    Query,
    Row,
    target_line,
)
from targets import Targets

CHOSEN: Final = 'name=~"$member"'


def safety_row(targets: Targets) -> Row:
    return Row(
        title="Replication",
        panels=(
            _lag(targets),
            _behind(),
            _written(),
        ),
    )


def _lag(targets: Targets) -> Panel:
    return Panel(
        title="Replay lag",
        description="Age of the newest change that a standby has replayed. Reads"
        " from it are that old; above the line it cannot take over.",
        runbook="replication-lag",
        unit=SECONDS,
        line=target_line(targets, "limit.replication-lag"),
        queries=(
            Query(
                expr="max by (member)"
                ' (holdfast_replication_lag_seconds{member=~"$member"})',
                legend="{{member}}",
            ),
        ),
        width=8,
    )


def _behind() -> Panel:
    chosen = 'application_name=~"$member"'
    return Panel(
        title="Behind the leader",
        description="Write-ahead log that a standby has not replayed yet. If it"
        " grows, the standby is too slow or disconnected, and the leader"
        " keeps the log for it.",
        runbook="replication-lag",
        unit=BYTES,
        queries=(
            Query(
                expr="max by (application_name)"
                f" (pg_stat_replication_pg_wal_lsn_diff{{{chosen}}})",
                legend="{{application_name}}",
            ),
        ),
        width=8,
    )


def _written() -> Panel:
    return Panel(
        title="Write-ahead log written",
        description="Bytes a second on the leader. It stops during a failover; a"
        " peak of it delays the standbys.",
        runbook="replication-lag",
        unit=BYTES_PER_SECOND,
        queries=(
            Query(
                expr="sum by (name)"
                f" (rate(patroni_xlog_location{{{CHOSEN}}}[$__rate_interval]))",
                legend="{{name}}",
            ),
        ),
        width=8,
    )
