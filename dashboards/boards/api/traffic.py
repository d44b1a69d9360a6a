"""Traffic (RED): request rate, errors, duration, and instances up."""

from dashboards.boards.panels import (
    COUNT,
    REQUESTS,
    SECONDS,
    SHARE,
    Panel,
    Query,
    Row,
    target_line,
)
from dashboards.boards.series import API_ROUTES, HTTP_DURATION, http_quantile
from dashboards.naming import BAD
from dashboards.rules.recording import windows
from targets import Targets


def traffic_row(targets: Targets) -> Row:
    return Row(
        title="Traffic: rate, errors, duration",
        panels=(
            _requests(),
            _failed(targets),
            _slowest(targets),
            _instances(targets),
        ),
    )


def _requests() -> Panel:
    count = f"{HTTP_DURATION}_count{{{API_ROUTES}}}"
    return Panel(
        title="Requests a second",
        description="All requests under /api/v1. A sudden drop means that clients"
        " cannot reach an instance, or have stopped.",
        runbook="api-down",
        kind="stat",
        unit=REQUESTS,
        queries=(
            Query(
                expr=f"sum(rate({count}[$__rate_interval]))", legend="requests a second"
            ),
        ),
        width=6,
        height=5,
    )


def _failed(targets: Targets) -> Panel:
    window = windows(targets)[0].text
    return Panel(
        title=f"Failed, over {window}",
        description="Share of requests that ended in an error of ours.",
        runbook="api-errors",
        kind="stat",
        unit=SHARE,
        line=target_line(targets, "alert.error-rate"),
        queries=(
            Query(expr=f'{BAD}{{slo="errors",window="{window}"}}', legend="failed"),
        ),
        width=6,
        height=5,
    )


def _slowest(targets: Targets) -> Panel:
    return Panel(
        title="p95 of all requests",
        description="One request in twenty takes at least this long.",
        runbook="api-latency",
        kind="stat",
        unit=SECONDS,
        line=target_line(targets, "slo.latency"),
        queries=(Query(expr=http_quantile("0.95", "le"), legend="p95"),),
        width=6,
        height=5,
    )


def _instances(targets: Targets) -> Panel:
    return Panel(
        title="Instances up",
        description="Below the line no spare instance is left: the next loss is an"
        " outage.",
        runbook="api-instance-down",
        kind="stat",
        unit=COUNT,
        line=target_line(targets, "scale.api-min"),
        queries=(Query(expr='sum(up{job="api"})', legend="up"),),
        width=6,
        height=5,
    )
