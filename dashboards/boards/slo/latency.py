"""Latency by route, beside its target."""

from dashboards.boards.panels import SECONDS, Panel, Query, Row, target_line
from dashboards.boards.series import HTTP_DURATION
from dashboards.rules.events import PUBLIC, slos_with_rules
from targets import Targets
from targets.families import Slo


def latency_row(targets: Targets) -> Row:
    """Return one panel for each SLO about the p95 of requests."""
    return Row(
        title="Latency by route",
        panels=tuple(
            _latency_panel(targets, name)
            for name, slo in slos_with_rules(targets).items()
            if slo.signal == "http" and slo.p95
        ),
    )


def _latency_panel(targets: Targets, name: str) -> Panel:
    slo = targets.slo[name]
    rate = f"rate({HTTP_DURATION}_bucket{{{_selector(slo)}}}[$__rate_interval])"
    return Panel(
        title=slo.title,
        description="Median and p95 of requests. A p95 above the line uses this SLO's"
        " error budget. If the median climbs too, every request waits for one"
        " dependency, usually the database.",
        runbook="api-latency",
        unit=SECONDS,
        line=target_line(targets, f"slo.{name}"),
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
