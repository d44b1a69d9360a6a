"""Saturation of the API: in flight, pools, cache, CPU, memory."""

from dashboards.boards.panels import (
    COUNT,
    OPERATIONS,
    SHARE,
    Panel,
    Query,
    Row,
    size_unit,
    target_line,
)
from dashboards.boards.series import API_PROCESSES
from targets import Targets


def saturation_row(targets: Targets) -> Row:
    return Row(
        title="Saturation",
        panels=(
            _in_flight(),
            _connections(targets),
            _cache_hits(),
            _processor(targets),
            _memory(targets),
            _ingested(),
        ),
    )


def _in_flight() -> Panel:
    return Panel(
        title="Requests in flight",
        description="Requests in progress. It grows before latency does; a plateau"
        " is a full pool or a busy processor.",
        runbook="api-latency",
        unit=COUNT,
        queries=(
            Query(
                expr=f"holdfast_http_requests_in_flight{{{API_PROCESSES}}}",
                legend="{{instance}}",
            ),
        ),
        width=8,
    )


def _connections(targets: Targets) -> Panel:
    lent = 'holdfast_db_pool_connections{instance=~"$instance",state="lent"}'
    most = 'holdfast_db_pool_connections{instance=~"$instance",state="max"}'
    return Panel(
        title="Database connections in use",
        description="Share of a pool that is in use. If it stays full, every"
        " further request waits for a connection.",
        runbook="database-connections",
        unit=SHARE,
        bounded=True,
        line=target_line(targets, "alert.db-connections"),
        queries=(
            Query(
                expr=f"{lent} / ignoring (state) {most}",
                legend="{{instance}} {{pool}}",
            ),
        ),
        width=8,
    )


def _cache_hits() -> Panel:
    hits = 'holdfast_cache_requests_total{instance=~"$instance",result="hit"}'
    asked = 'holdfast_cache_requests_total{instance=~"$instance"}'
    return Panel(
        title="Cache hits",
        description="Share of look-ups that needed no query. A drop to zero means"
        " that the cache is down: slower responses, still correct.",
        runbook="cache-down",
        unit=SHARE,
        bounded=True,
        queries=(
            Query(
                expr=f"sum by (cache) (rate({hits}[$__rate_interval]))"
                f" / sum by (cache) (rate({asked}[$__rate_interval]))",
                legend="{{cache}}",
            ),
        ),
        width=8,
    )


def _processor(targets: Targets) -> Panel:
    return Panel(
        title="CPU",
        description="Share of one core, the most that one instance can use. Above"
        " the line, add an instance.",
        runbook="api-latency",
        unit=SHARE,
        line=target_line(targets, "scale.api-cpu"),
        queries=(
            Query(
                expr=f"rate(process_cpu_seconds_total{{{API_PROCESSES}}}[$__rate_interval])",
                legend="{{instance}}",
            ),
        ),
        width=8,
    )


def _memory(targets: Targets) -> Panel:
    return Panel(
        title="Memory",
        description="Resident memory of an instance. A steady climb is a leak; a"
        " step is a larger response than usual.",
        runbook="memory-high",
        unit=size_unit(targets, "limit.api-memory"),
        line=target_line(targets, "limit.api-memory"),
        queries=(
            Query(
                expr=f"process_resident_memory_bytes{{{API_PROCESSES}}}",
                legend="{{instance}}",
            ),
        ),
        width=8,
    )


def _ingested() -> Panel:
    return Panel(
        title="Events ingested",
        description="Events a second by result. Duplicates are clients that retry,"
        " rejected events are client errors.",
        runbook="api-errors",
        unit=OPERATIONS,
        queries=(
            Query(
                expr="sum by (status) (rate(holdfast_events_ingested_total"
                '{instance=~"$instance"}[$__rate_interval]))',
                legend="{{status}}",
            ),
        ),
        width=8,
    )
