"""The first dashboard: are the promises kept, and how long will the budget last?"""

from dashboards.rules.events import judged
from dashboards.grafana import Board, Panel, Query
from dashboards.naming import BAD, BUDGET_LEFT, PROMISED, TOTAL
from dashboards.rules.recording import windows
from targets import Targets


def slo_board(promised: Targets) -> Board:
    """Budgets first, then what spends them, then what is about to."""
    window = windows(promised)[0].text
    return Board(
        uid="holdfast-slo",
        title="Holdfast / SLO and error budget",
        description="Promises from targets.toml against what Prometheus saw.",
        panels=[
            _budget_panel(promised),
            _bad_panel(window),
            _traffic_panel(window),
            *(_latency_panel(promised, name) for name in _latencies(promised)),
            _queue_panel(),
            _replication_panel(),
            _memory_panel(),
        ],
    )


def _latencies(promised: Targets) -> list[str]:
    return [n for n, s in judged(promised).items() if s.signal == "http" and s.p95]


def _budget_panel(promised: Targets) -> Panel:
    return Panel(
        title="Error budget left",
        description=f"Over {promised.budget.window.text}; below zero it is overspent.",
        kind="stat",
        unit="percentunit",
        width=24,
        height=5,
        queries=[Query(expr=BUDGET_LEFT, legend="{{slo}}")],
    )


def _bad_panel(window: str) -> Panel:
    return Panel(
        title="Bad events",
        description=f"Share of bad events by objective, over {window}.",
        unit="percentunit",
        queries=[Query(expr=f'{BAD}{{window="{window}"}}', legend="{{slo}}")],
    )


def _traffic_panel(window: str) -> Panel:
    series = f'{TOTAL}{{slo="errors",window="{window}"}}'
    return Panel(
        title="Requests",
        description="Requests a second under /api/v1, and those being answered now.",
        unit="reqps",
        queries=[
            Query(expr=series, legend="requests a second"),
            Query(expr="sum(holdfast_http_requests_in_flight)", legend="in flight"),
        ],
    )


def _latency_panel(promised: Targets, name: str) -> Panel:
    slo = promised.slo[name]
    histogram = promised.signal[slo.signal].histogram
    routes = "|".join(sorted({entry.partition(" ")[2] for entry in slo.only}))
    selector = f'route=~"{routes or "/api/v1/.+"}"'
    buckets = f"sum by (le) (rate({histogram}_bucket{{{selector}}}[$__rate_interval]))"
    return Panel(
        title=slo.title,
        description=f"p95 of slo.{name} against its promise.",
        unit="s",
        queries=[
            Query(expr=f"histogram_quantile(0.95, {buckets})", legend="p95"),
            _promise(f"slo.{name}"),
        ],
    )


def _queue_panel() -> Panel:
    return Panel(
        title="Oldest waiting job",
        description="Age of the oldest due job by queue against limit.queue-age.",
        unit="s",
        queries=[
            Query(
                expr="max by (queue) (holdfast_job_oldest_seconds)", legend="{{queue}}"
            ),
            _promise("limit.queue-age"),
        ],
    )


def _replication_panel() -> Panel:
    return Panel(
        title="Replication lag",
        description="Replay lag by member against limit.replication-lag.",
        unit="s",
        queries=[
            Query(
                expr="max by (member) (holdfast_replication_lag_seconds)",
                legend="{{member}}",
            ),
            _promise("limit.replication-lag"),
        ],
    )


def _memory_panel() -> Panel:
    return Panel(
        title="Memory of an instance",
        description="Resident memory by instance against limit.api-memory.",
        unit="bytes",
        queries=[
            Query(
                expr='process_resident_memory_bytes{job=~"api|worker"}',
                legend="{{instance}}",
            ),
            _promise("limit.api-memory"),
        ],
    )


def _promise(target: str) -> Query:
    return Query(
        expr=f'{PROMISED}{{target="{target}"}}',
        legend="promised {{target}}",
        dashed=True,
    )
