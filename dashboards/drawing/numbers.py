"""Big numbers, each over the curve that led to it."""

import numpy as np
from matplotlib.axes import Axes

from dashboards.drawing.answers import Answer, Named
from dashboards.drawing.cards import Card
from dashboards.drawing.colors import FAINT, GREEN, INK, RED
from dashboards.drawing.scales import promise_of
from dashboards.drawing.units import write_number
from dashboards.reading import Panel


def draw_numbers(card: Card, answer: Answer) -> None:
    """The newest number of each series, large, over the curve that led to it."""
    named = sorted(answer.all, key=lambda one: one.name)
    axes = card.inside(left=0.1, right=0.1, top=0.34, bottom=0.1)
    axes.set_axis_off()
    axes.set_xlim(0, len(named))
    axes.set_ylim(0, 1)
    promise = promise_of(answer.panel)
    if promise:
        unit = answer.panel.field_config.defaults.unit
        card.write_aside(f"line at {write_number(promise, unit)}")
    for place, one in enumerate(named):
        _draw_number(axes, answer.panel, one, place, alone=len(named) == 1)


def _draw_number(
    axes: Axes, panel: Panel, one: Named, place: int, *, alone: bool
) -> None:
    last = one.last
    if last is None:
        return
    color = color_of(panel, last)
    numbers = np.array(one.series.numbers)
    low, high = min(0.0, float(numbers.min())), float(numbers.max())
    height = 0.34 * (numbers - low) / ((high - low) or 1.0)
    across = place + np.linspace(0.06, 0.94, len(numbers))
    axes.fill_between(across, 0, height, color=color, alpha=0.13, linewidth=0)
    axes.plot(across, height, color=color, linewidth=1.1, alpha=0.6)
    unit = panel.field_config.defaults.unit
    axes.text(
        place + 0.5,
        0.66 if alone else 0.58,
        write_number(last, unit),
        color=color,
        fontsize=24 if alone else 20,
        fontweight="bold",
        ha="center",
        va="center",
    )
    if not alone:
        axes.text(
            place + 0.5,
            0.93,
            one.name,
            color=FAINT,
            fontsize=9.5,
            ha="center",
            va="top",
        )


def color_of(panel: Panel, number: float) -> str:
    """The colour of the threshold that a number has reached; ink without a promise."""
    if promise_of(panel) is None:
        return INK
    steps = panel.field_config.defaults.thresholds.steps
    reached = [
        step.color for step in steps if step.value is None or number >= step.value
    ]
    return {"red": RED, "green": GREEN}.get(reached[-1], INK)
