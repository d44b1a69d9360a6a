"""Are the promises kept, how long will the budgets last, and what spends them?"""

from dashboards.boards.panels import (
    COUNT,
    REQUESTS,
    SECONDS,
    SHARE,
    Board,
    Line,
    Panel,
    Query,
    Row,
    promised_line,
)
from dashboards.naming import BAD, BUDGET_LEFT, BURN, TOTAL
from dashboards.rules.events import PUBLIC, allowed_share, judged
from dashboards.rules.recording import windows
from targets import Targets
from targets.families import Slo

DURATION = "holdfast_http_request_duration_seconds"


def slo_board(promised: Targets) -> Board:
    """What users were promised first, then who breaks it, then what is announced."""
    window = windows(promised)[0].text
    return Board(
        uid="holdfast-slo",
        title="Holdfast / SLO and error budget",
        description="Are the promises kept, and how long will the budgets last?",
        rows=(
            Row(
                title="Are the promises kept?",
                panels=(
                    _budget_panel(promised),
                    _burn_panel(promised),
                    _objectives_panel(window),
                ),
            ),
            Row(
                title="How far from its line is each route?",
                panels=tuple(
                    _latency_panel(promised, name)
                    for name, slo in judged(promised).items()
                    if slo.signal == "http" and slo.p95
                ),
            ),
            Row(
                title="What spends the budget, and who was told?",
                panels=(
                    _slow_panel(promised, window),
                    _failing_panel(),
                    _traffic_panel(window),
                    _alerts_panel(),
                ),
            ),
        ),
    )


def _budget_panel(promised: Targets) -> Panel:
    return Panel(
        title="Error budget left",
        description=f"What is left of the bad events that {promised.budget.window.text}"
        " may hold, by objective. Red is overspent: the promise is broken until the"
        " window has passed, and releases wait.",
        runbook="api-errors",
        kind="stat",
        unit=SHARE,
        line=Line(value=0, title="an empty budget", at_least=True),
        queries=(Query(expr=BUDGET_LEFT, legend="{{slo}}"),),
        width=24,
        height=5,
    )


def _burn_panel(promised: Targets) -> Panel:
    tier = promised.budget.burn[0]
    return Panel(
        title="Burn rate",
        description="How many times faster than allowed each budget is spent, over"
        f" {tier.long.text}. At 1 it lasts exactly its window; over the line somebody"
        " is paged.",
        runbook="api-errors",
        unit=COUNT,
        line=Line(
            value=promised.budget.factor(tier),
            title=f"the page at {tier.spend.text} of the budget in {tier.long.text}",
        ),
        queries=(Query(expr=f'{BURN}{{window="{tier.long.text}"}}', legend="{{slo}}"),),
    )


def _objectives_panel(window: str) -> Panel:
    return Panel(
        title="Objectives at a glance",
        description="Bad events now and over an hour, how fast that burns, and what is"
        " left. Compare the first two columns: a bad start that has ended is history, a"
        " bad present is an incident.",
        runbook="api-latency",
        kind="table",
        unit=SHARE,
        keys=("slo",),
        queries=(
            Query(expr=f'{BAD}{{window="{window}"}}', legend=f"bad, {window}"),
            Query(expr=f'{BAD}{{window="1h"}}', legend="bad, 1h"),
            Query(expr=f'{BURN}{{window="1h"}}', legend="burn rate, 1h", unit=COUNT),
            Query(expr=BUDGET_LEFT, legend="budget left"),
        ),
    )


def _latency_panel(promised: Targets, name: str) -> Panel:
    slo = promised.slo[name]
    rate = f"rate({DURATION}_bucket{{{_selector(slo)}}}[$__rate_interval])"
    return Panel(
        title=slo.title,
        description="Half of all requests and the slowest twentieth. A p95 over the"
        " line spends this objective's budget; a median that climbs with it means that"
        " everything waits for one thing, mostly the database.",
        runbook="api-latency",
        unit=SECONDS,
        line=promised_line(promised, f"slo.{name}"),
        queries=tuple(
            Query(
                expr=f"histogram_quantile({share}, sum by (le) ({rate}))",
                legend=legend,
            )
            for share, legend in ((0.95, "p95"), (0.5, "median"))
        ),
        width=8,
    )


def _selector(slo: Slo) -> str:
    if not slo.only:
        return PUBLIC
    methods = {entry.partition(" ")[0] for entry in slo.only}
    routes = {entry.partition(" ")[2] for entry in slo.only}
    return f'method=~"{"|".join(sorted(methods))}",route=~"{"|".join(sorted(routes))}"'


def _slow_panel(promised: Targets, window: str) -> Panel:
    allowed = float(allowed_share(promised.slo["latency"]))
    return Panel(
        title="Slower than promised",
        description=f"Share of each latency objective's events that were too slow, over"
        f" {window}. Over the line the promised p95 is broken: exactly, not by"
        " interpolation, because the promise is an edge of the histogram.",
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
    failed = f'{DURATION}_count{{{PUBLIC},status=~"5.."}}'
    return Panel(
        title="Failed requests by route",
        description="Answers of the 5xx family a second. Empty is what it should be;"
        " one route alone points at its own code, all of them at something they share.",
        runbook="api-errors",
        unit=REQUESTS,
        stacked=True,
        queries=(
            Query(
                expr="sum by (method, route, status)"
                f" (rate({failed}[$__rate_interval]))",
                legend="{{status}} {{method}} {{route}}",
            ),
        ),
    )


def _traffic_panel(window: str) -> Panel:
    return Panel(
        title="Events that count",
        description="Judged events a second, by objective. With few of them a share"
        " says little: pages then become tickets.",
        runbook="api-down",
        unit=REQUESTS,
        queries=(Query(expr=f'{TOTAL}{{window="{window}"}}', legend="{{slo}}"),),
    )


def _alerts_panel() -> Panel:
    return Panel(
        title="Alerts that fire",
        description="Each names its target and its runbook. Empty is what it should"
        " be; a page here that nobody got points at Alertmanager.",
        runbook="figures-absent",
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
