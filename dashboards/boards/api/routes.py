"""Rate, errors and duration by route."""

from dashboards.boards.panels import (
    COUNT,
    REQUESTS,
    SECONDS,
    Panel,
    Query,
    Row,
    target_line,
)
from dashboards.boards.series import API_ROUTES, HTTP_DURATION, gained, http_quantile
from targets import Targets


def routes_row(targets: Targets) -> Row:
    return Row(
        title="By route",
        panels=(
            _rate(),
            _no_success(),
            _slowest(targets),
            _durations(),
        ),
    )


def _rate() -> Panel:
    count = f"rate({HTTP_DURATION}_count{{{API_ROUTES}}}[$__rate_interval])"
    return Panel(
        title="Rate by route",
        description="Requests a second. One route that grows alone is a client in a"
        " loop; if all routes shrink, clients wait.",
        runbook="api-latency",
        unit=REQUESTS,
        stacked=True,
        queries=(
            Query(
                expr=f"sum by (method, route) ({count})",
                legend="{{method}} {{route}}",
            ),
        ),
    )


def _no_success() -> Panel:
    other = f'{HTTP_DURATION}_count{{{API_ROUTES},status!~"2.."}}'
    return Panel(
        title="Responses other than 2xx, by status",
        description="In five minutes. 304 is a client cache that works, 4xx a"
        " client error, 429 a rate limit; 5xx is a server error and uses"
        " the error budget.",
        runbook="api-errors",
        unit=COUNT,
        queries=(Query(expr=gained(other, by="status"), legend="{{status}}"),),
    )


def _slowest(targets: Targets) -> Panel:
    return Panel(
        title="p95 by route",
        description="The line is the general target; log in and the event list have"
        " stricter ones on the SLO board.",
        runbook="api-latency",
        unit=SECONDS,
        line=target_line(targets, "slo.latency"),
        queries=(
            Query(
                expr=http_quantile("0.95", "le, method, route"),
                legend="{{method}} {{route}}",
            ),
        ),
    )


def _durations() -> Panel:
    bucket = f"rate({HTTP_DURATION}_bucket{{{API_ROUTES}}}[$__rate_interval])"
    return Panel(
        title="Request duration",
        description="Requests a second in each bucket of duration. A second band"
        " above the first is a group of requests that waits for"
        " something.",
        runbook="api-latency",
        kind="heatmap",
        unit=SECONDS,
        queries=(Query(expr=f"sum by (le) ({bucket})", legend="{{le}}"),),
    )
