"""How far each route is from its line."""

from typing import Final

from dashboards.boards.panels import SECONDS, Panel, Query, Row, promised_line
from dashboards.rules.events import PUBLIC, judged
from targets import Targets
from targets.families import Slo

DURATION: Final = "holdfast_http_request_duration_seconds"


def latency_row(promised: Targets) -> Row:
    """One panel for each promised p95 of requests."""
    return Row(
        title="How far from its line is each route?",
        panels=tuple(
            _latency_panel(promised, name)
            for name, slo in judged(promised).items()
            if slo.signal == "http" and slo.p95
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
