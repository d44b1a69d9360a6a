"""Are the promises kept? Budgets, how fast they burn, and each objective's figures."""

from dashboards.boards.panels import COUNT, SHARE, Line, Panel, Query, Row
from dashboards.naming import BAD, BUDGET_LEFT, BURN
from dashboards.rules.recording import windows
from targets import Targets


def compliance_row(targets: Targets) -> Row:
    """What is left first, then how fast it goes."""
    window = windows(targets)[0].text
    return Row(
        title="Are the promises kept?",
        panels=(
            _budget_panel(targets),
            _burn_panel(targets),
            _objectives_panel(window),
        ),
    )


def _budget_panel(targets: Targets) -> Panel:
    return Panel(
        title="Error budget left",
        description=f"What is left of the bad events that {targets.budget.window.text}"
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


def _burn_panel(targets: Targets) -> Panel:
    tier = targets.budget.burn[0]
    return Panel(
        title="Burn rate",
        description="How many times faster than allowed each budget is spent, over"
        f" {tier.long.text}. At 1 it lasts exactly its window; over the line somebody"
        " is paged.",
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
