"""SLO compliance: budgets left, burn rates and a table of every SLO."""

from dashboards.boards.panels import COUNT, SHARE, Line, Panel, Query, Row
from dashboards.naming import BAD, BUDGET_LEFT, BURN
from dashboards.rules.recording import windows
from targets import Targets


def compliance_row(targets: Targets) -> Row:
    """Return the budgets left, the burn rates and the table."""
    window = windows(targets)[0].text
    return Row(
        title="SLO compliance",
        panels=(
            _budget_panel(targets),
            _burn_panel(targets),
            _objectives_panel(window),
        ),
    )


def _budget_panel(targets: Targets) -> Panel:
    return Panel(
        title="Error budget left",
        description="The share of allowed bad events that is left in"
        f" {targets.budget.window.text}, by SLO. Red is overspent: the SLO is missed"
        " until the window has passed; stop releases.",
        runbook="api-errors",
        kind="stat",
        unit=SHARE,
        line=Line(value=0, title="an empty budget", at_least=True),
        queries=(Query(expr=BUDGET_LEFT, legend="{{slo}}"),),
        width=24,
        height=5,
    )


def _burn_panel(targets: Targets) -> Panel:
    tier = targets.budget.burn[0]
    return Panel(
        title="Burn rate",
        description="How many times faster than allowed each error budget is used, over"
        f" {tier.long.text}. At 1 it lasts exactly its window; above the line an alert"
        " pages.",
        runbook="api-errors",
        unit=COUNT,
        line=Line(
            value=targets.budget.factor(tier),
            title=f"the page at {tier.spend.text} of the budget in {tier.long.text}",
        ),
        queries=(Query(expr=f'{BURN}{{window="{tier.long.text}"}}', legend="{{slo}}"),),
    )


def _objectives_panel(window: str) -> Panel:
    return Panel(
        title="SLOs at a glance",
        description="Share of bad events now and over an hour, its burn rate, and"
        " the budget left. A high value only in the second column is a"
        " past incident; a high value in the first is a present one.",
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
