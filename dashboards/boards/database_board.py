"""Can the database take writes, would it survive a loss, and what makes it slow?"""

from typing import Final

from dashboards.boards.panels import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    OPERATIONS,
    SECONDS,
    SHARE,
    Board,
    Panel,
    Query,
    Row,
    State,
    promised_line,
)
from dashboards.boards.variables import MEMBER
from dashboards.naming import exact
from dashboards.rules.events import edge_text
from targets import Targets

QUERIES: Final = "holdfast_db_query_duration_seconds"
CHOSEN: Final = 'name=~"$member"'
ROLE: Final = (
    f"3 * patroni_primary{{{CHOSEN}}} + patroni_sync_standby{{{CHOSEN}}}"
    f" + patroni_replica{{{CHOSEN}}}"
)
"""0 neither, 1 standby, 2 synchronous standby, 3 leader."""
ROLES: Final = {
    0: State(name="not running", color="red"),
    1: State(name="standby", color="blue"),
    2: State(name="synchronous standby", color="purple"),
    3: State(name="leader", color="green"),
}


def database_board(promised: Targets) -> Board:
    """Writes, then safety, then speed, then room to grow."""
    return Board(
        uid="holdfast-database",
        title="Holdfast / Database and replication",
        description="Can it take writes, would it survive a loss, what makes it slow?",
        variables=(MEMBER,),
        rows=(
            Row(title="Can it take writes?", panels=_writable()),
            Row(title="Would it survive a loss?", panels=_safe(promised)),
            Row(title="Is it slow?", panels=_slow(promised)),
            Row(title="What does it run out of?", panels=_room(promised)),
        ),
    )


def _writable() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Role of each member",
            description="One leader at every moment, and a synchronous standby beside"
            " it: without one, writes wait. A gap is a member whose Patroni is silent.",
            runbook="database-member-down",
            kind="statetimeline",
            unit=COUNT,
            states=ROLES,
            queries=(Query(expr=ROLE, legend="{{name}}"),),
            width=12,
            height=7,
        ),
        _number(
            "Leaders",
            "Exactly one. None: writes fail until a standby is promoted, which is"
            " automatic.",
            "sum(patroni_primary)",
        ),
        _number(
            "Members that run",
            "With two of three writes go on; with one they wait for a synchronous"
            " standby.",
            "sum(patroni_postgres_running)",
        ),
        _number(
            "Timeline",
            "It grows by one with every failover. A step without a known cause is a"
            " leader that was lost.",
            "max(patroni_postgres_timeline)",
        ),
    )


def _number(title: str, description: str, expr: str) -> Panel:
    return Panel(
        title=title,
        description=description,
        runbook="database-member-down",
        kind="stat",
        unit=COUNT,
        queries=(Query(expr=expr, legend=title.lower()),),
        width=4,
        height=7,
    )


def _safe(promised: Targets) -> tuple[Panel, ...]:
    chosen = 'application_name=~"$member"'
    return (
        Panel(
            title="Replay lag",
            description="How old the newest change is that a standby has replayed. Its"
            " readers see the past; past the line it is not fit to take over.",
            runbook="replication-lag",
            unit=SECONDS,
            line=promised_line(promised, "limit.replication-lag"),
            queries=(
                Query(
                    expr="max by (member)"
                    ' (holdfast_replication_lag_seconds{member=~"$member"})',
                    legend="{{member}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Behind the leader",
            description="Write-ahead log that a standby has not replayed yet. Growing:"
            " it is too slow or cut off, and the leader keeps the log for it.",
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
        ),
        Panel(
            title="Write-ahead log written",
            description="Bytes a second on the leader. It breaks off in a failover; a"
            " flood of it makes standbys late.",
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
        ),
    )


def _slow(promised: Targets) -> tuple[Panel, ...]:
    edge = edge_text(exact(promised.limit["slow-query"].value))
    counted = f"sum by (class) (rate({QUERIES}_count[$__rate_interval]))"
    within = f'sum by (class) (rate({QUERIES}_bucket{{le="{edge}"}}[$__rate_interval]))'
    return (
        _latency(promised, "simple", "Queries by key", "slo.db-simple"),
        _latency(promised, "complex", "Other queries", "slo.db-complex"),
        Panel(
            title="Slow queries",
            description="Queries a second that took longer than limit.slow-query; the"
            " servers log each of them. A burst after a release is a plan that"
            " changed.",
            runbook="database-slow",
            unit=OPERATIONS,
            queries=(Query(expr=f"{counted} - {within}", legend="{{class}}"),),
            width=8,
        ),
        Panel(
            title="Transactions",
            description="A second, over all members. Rolled back ones are errors and"
            " conflicts; a rise with steady traffic is worth a look at the logs.",
            runbook="database-slow",
            unit=OPERATIONS,
            queries=tuple(
                Query(
                    expr=f"sum(rate(pg_stat_database_xact_{kind}"
                    '{datname="holdfast"}[$__rate_interval]))',
                    legend=legend,
                )
                for kind, legend in (
                    ("commit", "committed"),
                    ("rollback", "rolled back"),
                )
            ),
        ),
        Panel(
            title="Longest transaction",
            description="Age of the oldest open transaction, by what it does. One that"
            " idles for minutes holds locks and keeps dead rows alive.",
            runbook="database-slow",
            unit=SECONDS,
            queries=(
                Query(
                    expr="max by (state) (pg_stat_activity_max_tx_duration"
                    '{state=~"active|idle in transaction"})',
                    legend="{{state}}",
                ),
            ),
        ),
    )


def _latency(promised: Targets, name: str, title: str, target: str) -> Panel:
    rate = f'rate({QUERIES}_bucket{{class="{name}"}}[$__rate_interval])'
    return Panel(
        title=title,
        description="p95 as the program sees it, by program. One program alone waits"
        " for its own pool or processor; all together wait for the database.",
        runbook="database-slow",
        unit=SECONDS,
        line=promised_line(promised, target),
        queries=(
            Query(
                expr=f"histogram_quantile(0.95, sum by (le, job) ({rate}))",
                legend="{{job}}",
            ),
        ),
        width=8,
    )


def _room(promised: Targets) -> tuple[Panel, ...]:
    disk = '{fstype=~"ext.|xfs|btrfs|overlay"}'
    return (
        Panel(
            title="Connections",
            description="Share of max_connections in use, by server. At the top nobody"
            " gets in, not even to repair it.",
            runbook="database-connections",
            unit=SHARE,
            bounded=True,
            line=promised_line(promised, "alert.db-connections"),
            queries=(
                Query(
                    expr="sum by (server) (pg_stat_activity_count)"
                    " / sum by (server) (pg_settings_max_connections)",
                    legend="{{server}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Connections by what they do",
            description="Idle ones belong to pools. Many that idle in a transaction are"
            " a program that forgot to end it.",
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
        ),
        Panel(
            title="Disk in use",
            description="Share of each disk. A full disk stops writes at once; first"
            " look for a replication slot that keeps the log.",
            runbook="disk-filling",
            unit=SHARE,
            bounded=True,
            line=promised_line(promised, "alert.disk"),
            queries=(
                Query(
                    expr=f"1 - node_filesystem_avail_bytes{disk}"
                    f" / node_filesystem_size_bytes{disk}",
                    legend="{{mountpoint}}",
                ),
            ),
            width=8,
        ),
    )
