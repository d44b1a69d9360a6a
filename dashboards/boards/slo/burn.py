"""Error-budget burn: slow and failed events, traffic, firing alerts."""

from dashboards.boards.panels import COUNT, REQUESTS, SHARE, Line, Panel, Query, Row
from dashboards.boards.series import HTTP_DURATION, gained
from dashboards.naming import BAD, TOTAL
from dashboards.rules.events import PUBLIC, allowed_share
from dashboards.rules.recording import windows
from targets import Targets


def burn_row(targets: Targets) -> Row:
    """Return slow and failed events, the events counted, and the firing alerts."""
    window = windows(targets)[0].text
    return Row(
        title="Error-budget burn and alerts",
        panels=(
            _slow_panel(targets, window),
            _failing_panel(),
            _traffic_panel(window),
            _alerts_panel(),
        ),
    )


def _slow_panel(targets: Targets, window: str) -> Panel:
    allowed = float(allowed_share(targets.slo["latency"]))
    return Panel(
        title="Share of slow events",
        description=f"Share of each latency SLO's events that were too slow, over"
        f" {window}. Above the line the p95 target is missed. The share is exact,"
        " because the target is an edge of the histogram.",
        runbook="api-latency",
        unit=SHARE,
        line=Line(value=allowed, title="what a p95 allows"),
        queries=(
            Query(
                expr=f'{BAD}{{slo!="errors",window="{window}"}}',
                legend="{{slo}}",
            ),
        ),
    )


def _failing_panel() -> Panel:
    failed = f'{HTTP_DURATION}_count{{{PUBLIC},status=~"5.."}}'
    return Panel(
        title="Failed requests by route",
        description="5xx responses in five minutes. It should be empty. One route"
        " alone points at its own code; all routes point at a shared"
        " dependency.",
        runbook="api-errors",
        unit=COUNT,
        stacked=True,
        queries=(
            Query(
                expr=gained(failed, by="method, route, status"),
                legend="{{status}} {{method}} {{route}}",
            ),
        ),
    )


def _traffic_panel(window: str) -> Panel:
    return Panel(
        title="Events in the SLOs",
        description="Events a second that an SLO counts. With few events a share"
        " says little, so pages become tickets.",
        runbook="api-down",
        unit=REQUESTS,
        queries=(Query(expr=f'{TOTAL}{{window="{window}"}}', legend="{{slo}}"),),
    )


def _alerts_panel() -> Panel:
    return Panel(
        title="Firing alerts",
        description="Each alert names its target and its runbook. It should be"
        " empty. If a page fires here but reached no person, check"
        " Alertmanager.",
        runbook="metrics-absent",
        kind="table",
        unit=COUNT,
        keys=("alertname", "severity"),
        queries=(
            Query(
                expr='count by (alertname, severity) (ALERTS{alertstate="firing"})',
                legend="firing",
            ),
        ),
    )
