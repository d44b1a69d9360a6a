"""Lines and stacked areas over time."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from dashboards.drawing.answers import Answer, Named
from dashboards.drawing.cards import Card
from dashboards.drawing.clock import moments
from dashboards.drawing.colors import colors_for
from dashboards.drawing.legends import LINE_INCHES, columns_for, draw_legend
from dashboards.drawing.scales import curve, draw_promise, dress, scale
from dashboards.reading import Panel

MOST_NAMED: Final = 12


def draw_lines(card: Card, answer: Answer) -> Axes:
    """A line or a stacked area a series, the promise dashed, the legend below."""
    panel, named = answer.panel, _biggest(answer.all)
    columns = columns_for([one.name for one in named], card.width)
    rows = math.ceil(len(named) / columns)
    axes = card.inside(left=0.78, right=0.2, bottom=0.34 + rows * LINE_INCHES)
    colors = colors_for([one.name for one in named])
    if _is_stacked(panel):
        _stack(axes, answer, named, colors)
    else:
        for one in named:
            at, values = curve(answer, one)
            axes.plot(at, values, color=colors[one.name], linewidth=1.7, label=one.name)
    scale(axes, panel, named)
    draw_promise(axes, panel)
    dress(axes, answer)
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        draw_legend(axes, card, handles, columns=columns)
    return axes


def _biggest(named: Sequence[Named]) -> list[Named]:
    """The largest series, as many as a legend can name, in the order of their names."""
    seen = [one for one in named if one.series.numbers]
    largest = sorted(seen, key=lambda one: -max(one.series.numbers))[:MOST_NAMED]
    return sorted(largest, key=lambda one: one.name)


def _is_stacked(panel: Panel) -> bool:
    stacking = panel.field_config.defaults.custom.get("stacking", {})
    return bool(stacking.get("mode") == "normal")


def _stack(
    axes: Axes, answer: Answer, named: Sequence[Named], colors: dict[str, str]
) -> None:
    values = [np.nan_to_num(curve(answer, one)[1]) for one in named]
    axes.stackplot(
        moments(answer.span),
        values,
        labels=[one.name for one in named],
        colors=[colors[one.name] for one in named],
        alpha=0.75,
        linewidth=0,
    )
