"""Query latency by class, slow queries, transactions."""

from typing import Final

from dashboards.boards.panels import (
    OPERATIONS,
    SECONDS,
    Panel,
    Query,
    Row,
    target_line,
)
from dashboards.naming import exact
from dashboards.rules.events import edge_text
from targets import Targets

QUERIES: Final = "holdfast_db_query_duration_seconds"


def speed_row(targets: Targets) -> Row:
    return Row(
        title="Query latency",
        panels=(
            _latency(targets, "simple", "Queries by key", "slo.db-simple"),
            _latency(targets, "complex", "Other queries", "slo.db-complex"),
            _slow_queries(targets),
            _transactions(),
            _longest(),
        ),
    )


def _slow_queries(targets: Targets) -> Panel:
    edge = edge_text(exact(targets.limit["slow-query"].value))
    counted = f"sum by (class) (rate({QUERIES}_count[$__rate_interval]))"
    within = f'sum by (class) (rate({QUERIES}_bucket{{le="{edge}"}}[$__rate_interval]))'
    return Panel(
        title="Slow queries",
        description="Queries a second that took longer than limit.slow-query;"
        " Postgres logs each of them. A peak after a release is a"
        " changed plan.",
        runbook="database-slow",
        unit=OPERATIONS,
        queries=(Query(expr=f"{counted} - {within}", legend="{{class}}"),),
        width=8,
    )


def _transactions() -> Panel:
    return Panel(
        title="Transactions",
        description="Transactions a second, over all members. Rollbacks are errors"
        " and conflicts; if they rise under steady traffic, read the"
        " logs.",
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
    )


def _longest() -> Panel:
    return Panel(
        title="Longest transaction",
        description="Age of the oldest open transaction, by state. One that is idle"
        " for minutes holds locks and keeps dead rows.",
        runbook="database-slow",
        unit=SECONDS,
        queries=(
            Query(
                expr="max by (state) (pg_stat_activity_max_tx_duration"
                '{state=~"active|idle in transaction"})',
                legend="{{state}}",
            ),
        ),
    )


def _latency(targets: Targets, name: str, title: str, target: str) -> Panel:
    rate = f'rate({QUERIES}_bucket{{class="{name}"}}[$__rate_interval])'
    return Panel(
        title=title,
        description="p95 as the program sees it, by program. One program alone waits"
        " for its own pool or processor; all together wait for the database.",
        runbook="database-slow",
        unit=SECONDS,
        line=target_line(targets, target),
        queries=(
            Query(
                expr=f"histogram_quantile(0.95, sum by (le, job) ({rate}))",
                legend="{{job}}",
            ),
        ),
        width=8,
    )
