"""The API as callers feel it, then by route, then what it runs out of."""

from typing import Final

from dashboards.boards.panels import (
    COUNT,
    OPERATIONS,
    REQUESTS,
    SECONDS,
    SHARE,
    Board,
    Panel,
    Query,
    Row,
    promised_line,
    size_unit,
)
from dashboards.boards.variables import API_INSTANCE, ROUTE
from dashboards.naming import BAD
from dashboards.rules.recording import windows
from targets import Targets

DURATION: Final = "holdfast_http_request_duration_seconds"
CHOSEN: Final = 'instance=~"$instance",route=~"$route"'
HERE: Final = 'job="api",instance=~"$instance"'


def api_board(promised: Targets) -> Board:
    """Rate, errors and duration before use and saturation."""
    return Board(
        uid="holdfast-api",
        title="Holdfast / API",
        description="What callers feel, route by route, and what the API runs out of.",
        variables=(API_INSTANCE, ROUTE),
        rows=(
            Row(title="What do callers feel?", panels=_felt(promised)),
            Row(title="Which route is it?", panels=_routes(promised)),
            Row(title="What does it run out of?", panels=_saturation(promised)),
        ),
    )


def _felt(promised: Targets) -> tuple[Panel, ...]:
    window = windows(promised)[0].text
    return (
        _number(
            "Requests a second",
            "Everything under /api/v1. A sudden half means that callers cannot reach"
            " an instance, or that they gave up.",
            "api-down",
            REQUESTS,
            f"sum(rate({DURATION}_count{{{CHOSEN}}}[$__rate_interval]))",
        ),
        Panel(
            title=f"Failed, over {window}",
            description="Share of requests that ended in an error of ours.",
            runbook="api-errors",
            kind="stat",
            unit=SHARE,
            line=promised_line(promised, "alert.error-rate"),
            queries=(
                Query(expr=f'{BAD}{{slo="errors",window="{window}"}}', legend="failed"),
            ),
            width=6,
            height=5,
        ),
        Panel(
            title="p95 of all requests",
            description="The slowest twentieth of requests takes at least this long.",
            runbook="api-latency",
            kind="stat",
            unit=SECONDS,
            line=promised_line(promised, "slo.latency"),
            queries=(Query(expr=_quantile("0.95", "le"), legend="p95"),),
            width=6,
            height=5,
        ),
        Panel(
            title="Instances that answer",
            description="Under the line nothing spare is left: the next loss is an"
            " outage.",
            runbook="api-instance-down",
            kind="stat",
            unit=COUNT,
            line=promised_line(promised, "scale.api-min"),
            queries=(Query(expr='sum(up{job="api"})', legend="up"),),
            width=6,
            height=5,
        ),
    )


def _number(title: str, description: str, runbook: str, unit: str, expr: str) -> Panel:
    return Panel(
        title=title,
        description=description,
        runbook=runbook,
        kind="stat",
        unit=unit,
        queries=(Query(expr=expr, legend=title.lower()),),
        width=6,
        height=5,
    )


def _quantile(share: str, by: str) -> str:
    rate = f"rate({DURATION}_bucket{{{CHOSEN}}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by ({by}) ({rate}))"


def _routes(promised: Targets) -> tuple[Panel, ...]:
    count = f"rate({DURATION}_count{{{CHOSEN}}}[$__rate_interval])"
    refused = f'rate({DURATION}_count{{{CHOSEN},status!~"2.."}}[$__rate_interval])'
    bucket = f"rate({DURATION}_bucket{{{CHOSEN}}}[$__rate_interval])"
    return (
        Panel(
            title="Rate by route",
            description="Requests a second. One route that grows alone is a caller in"
            " a loop; all that shrink together are callers who wait.",
            runbook="api-latency",
            unit=REQUESTS,
            stacked=True,
            queries=(
                Query(
                    expr=f"sum by (method, route) ({count})",
                    legend="{{method}} {{route}}",
                ),
            ),
        ),
        Panel(
            title="Answers that are no success, by status",
            description="304 is a cache that works, 4xx a caller who errs, 429 one who"
            " asks too much; 5xx is ours and spends the budget.",
            runbook="api-errors",
            unit=REQUESTS,
            stacked=True,
            queries=(Query(expr=f"sum by (status) ({refused})", legend="{{status}}"),),
        ),
        Panel(
            title="p95 by route",
            description="The line is the general promise; log in and the event list"
            " have tighter ones on the SLO board.",
            runbook="api-latency",
            unit=SECONDS,
            line=promised_line(promised, "slo.latency"),
            queries=(
                Query(
                    expr=_quantile("0.95", "le, method, route"),
                    legend="{{method}} {{route}}",
                ),
            ),
        ),
        Panel(
            title="How long requests take",
            description="Requests a second in each bucket of duration. A second band"
            " above the first is a group of requests that waits for something.",
            runbook="api-latency",
            kind="heatmap",
            unit=SECONDS,
            queries=(Query(expr=f"sum by (le) ({bucket})", legend="{{le}}"),),
        ),
    )


def _saturation(promised: Targets) -> tuple[Panel, ...]:
    hits = 'holdfast_cache_requests_total{instance=~"$instance",result="hit"}'
    asked = 'holdfast_cache_requests_total{instance=~"$instance"}'
    lent = 'holdfast_db_pool_connections{instance=~"$instance",state="lent"}'
    most = 'holdfast_db_pool_connections{instance=~"$instance",state="max"}'
    return (
        Panel(
            title="In flight",
            description="Requests that are being answered right now. It grows before"
            " latency does; a plateau is a pool or a processor that is full.",
            runbook="api-latency",
            unit=COUNT,
            queries=(
                Query(
                    expr=f"holdfast_http_requests_in_flight{{{HERE}}}",
                    legend="{{instance}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Database connections lent",
            description="Share of a pool that is in use. Full for long: every further"
            " request waits for a connection.",
            runbook="database-connections",
            unit=SHARE,
            bounded=True,
            line=promised_line(promised, "alert.db-connections"),
            queries=(
                Query(
                    expr=f"{lent} / ignoring (state) {most}",
                    legend="{{instance}} {{pool}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Cache hits",
            description="Share of look-ups that spared the database a query. A drop to"
            " nothing is a cache that is away: slower, and still right.",
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
        ),
        Panel(
            title="Processor",
            description="Share of one core that an instance uses; it cannot use more."
            " Over the line it is time for another instance.",
            runbook="api-latency",
            unit=SHARE,
            line=promised_line(promised, "scale.api-cpu"),
            queries=(
                Query(
                    expr=f"rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval])",
                    legend="{{instance}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Memory",
            description="Resident memory of an instance. A slope that does not end is"
            " a leak; a step is a larger answer than usual.",
            runbook="memory-high",
            unit=size_unit(promised, "limit.api-memory"),
            line=promised_line(promised, "limit.api-memory"),
            queries=(
                Query(
                    expr=f"process_resident_memory_bytes{{{HERE}}}",
                    legend="{{instance}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Events ingested",
            description="Events a second by what became of them. Duplicates are"
            " clients that retry, rejected ones clients that err.",
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
        ),
    )
