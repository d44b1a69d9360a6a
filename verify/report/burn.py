"""The part of a month's error budget that each fault burned."""

from collections.abc import Sequence
from html import escape

from exchange.outcomes import Outcome
from targets import Targets
from verify.budget import find_costs
from verify.figures import write_seconds


def draw_burn(targets: Targets, outcomes: Sequence[Outcome]) -> str:
    """Draw one bar per fault against the budget of the availability target."""
    costs = find_costs(list(outcomes))
    if not costs:
        return "<p>No experiment kept a series, so nothing can be said.</p>"
    budget = targets.budget.window.seconds * targets.slo["availability"].bad_share
    longest = max(cost.seconds for cost in costs) or 1.0
    rows = [
        f"<span>{escape(cost.title)}</span>"
        f'<span class="bar"><i style="width:{cost.seconds / longest:.1%}"></i></span>'
        f'<span class="amount"><b>{write_seconds(cost.seconds)}</b> · '
        f"{cost.seconds / budget:.2%}</span>"
        for cost in sorted(costs, key=lambda cost: cost.seconds, reverse=True)
    ]
    return f'<div class="burn">{"".join(rows)}</div>'


def write_burn_lead(targets: Targets) -> str:
    """Explain the bars with the numbers of the targets file."""
    window = targets.budget.window
    minutes = window.seconds * targets.slo["availability"].bad_share / 60
    return (
        f"Seconds of full outage that its users saw, and their share of the "
        f"{minutes:.1f} minutes that availability allows in {window.text}."
    )
