"""Lines, areas and heat over time."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    Locator,
    MaxNLocator,
    MultipleLocator,
)

from dashboards.boards.panels import BINARY_BYTES
from dashboards.drawing.answers import Answer, Named
from dashboards.drawing.cards import WIDTH_INCHES, Card
from dashboards.drawing.clock import dress_time, moments
from dashboards.drawing.colors import GRID, INK, RED, colors_for
from dashboards.drawing.units import write_number
from dashboards.reading import Panel

FAR: Final = 4
"""A line this many times above all values would press them flat: it is named."""
MOST_NAMED: Final = 12
LEGEND: Final[dict[str, Any]] = {
    "fontsize": 8.5,
    "frameon": False,
    "labelcolor": INK,
    "handlelength": 1.1,
    "handletextpad": 0.45,
    "columnspacing": 1.1,
    "labelspacing": 0.25,
    "borderpad": 0.2,
}
_LEGEND_INCHES: Final = 0.17
_LETTER_INCHES: Final = 0.067


def draw_lines(card: Card, answer: Answer) -> Axes:
    """A line or a stacked area a series, the promise dashed, the legend below."""
    panel, named = answer.panel, _biggest(answer.all)
    columns = _legend_columns([one.name for one in named], card.width)
    rows = math.ceil(len(named) / columns)
    axes = card.inside(left=0.78, right=0.2, bottom=0.34 + rows * _LEGEND_INCHES)
    colors = colors_for([one.name for one in named])
    if _is_stacked(panel):
        _stack(axes, answer, named, colors)
    else:
        for one in named:
            at, values = _curve(answer, one)
            axes.plot(at, values, color=colors[one.name], linewidth=1.7, label=one.name)
    _scale(axes, panel, named)
    _draw_promise(axes, panel)
    _dress(axes, answer)
    _draw_legend(axes, card, columns)
    return axes


def draw_heat(card: Card, answer: Answer) -> Axes:
    """Events a second in each bucket, darker where there are more."""
    axes = card.inside(left=0.78, right=0.2, bottom=0.34)
    rows = sorted(answer.all, key=lambda one: float(one.name))
    at = moments(answer.span)
    cumulated = np.array([np.nan_to_num(_curve(answer, one)[1]) for one in rows])
    apart = np.clip(np.diff(cumulated, axis=0, prepend=0.0), 0.0, None)
    used = np.flatnonzero(apart.max(axis=1) > 0)
    low, high = (int(used[0]), int(used[-1])) if used.size else (0, len(rows) - 1)
    # What almost nobody met would stretch the picture; it stays, pale.
    shown = apart[low : high + 1]
    axes.pcolormesh(
        at,
        np.arange(shown.shape[0]),
        np.ma.masked_equal(shown, 0.0),
        cmap="Blues",
        norm=PowerNorm(0.5, vmin=0.0),
        shading="nearest",
    )
    edges = [float(one.name) for one in rows[low : high + 1]]
    axes.yaxis.set_major_locator(FixedLocator(list(np.arange(len(edges)))))
    axes.set_yticklabels([_edge(edge, edges) for edge in edges])
    _dress(axes, answer)
    axes.grid(visible=False)
    return axes


def _edge(edge: float, edges: Sequence[float]) -> str:
    if math.isinf(edge):
        return f"> {write_number(edges[-2], 's')}" if len(edges) > 1 else "longer"
    return f"≤ {write_number(edge, 's')}"


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
    values = [np.nan_to_num(_curve(answer, one)[1]) for one in named]
    axes.stackplot(
        moments(answer.span),
        values,
        labels=[one.name for one in named],
        colors=[colors[one.name] for one in named],
        alpha=0.75,
        linewidth=0,
    )


def _curve(answer: Answer, one: Named) -> tuple[np.ndarray, np.ndarray]:
    """The series on the grid of the span; where it has no point, a gap."""
    span, at_all = answer.span, moments(answer.span)
    values = np.full(len(at_all), np.nan)
    for at, number in one.series.points:
        place = round((at - span.start) / span.step_seconds)
        if 0 <= place < len(values):
            values[place] = number
    return np.array(at_all), values


def _scale(axes: Axes, panel: Panel, named: Sequence[Named]) -> None:
    defaults = panel.field_config.defaults
    if defaults.max is not None:
        axes.set_ylim(0, defaults.max * 1.04)
        return
    top = axes.dataLim.y1 if named else 1.0
    promise = promise_of(panel)
    if promise is not None and top < promise <= FAR * top:
        top = promise
    lowest = min((min(one.series.numbers) for one in named), default=0.0)
    axes.set_ylim(min(0.0, lowest * 1.1), top * 1.18 or 1.0)


def promise_of(panel: Panel) -> float | None:
    """The promised number that a panel draws; None without one."""
    steps = panel.field_config.defaults.thresholds.steps
    return next((step.value for step in steps if step.value is not None), None)


def _draw_promise(axes: Axes, panel: Panel) -> None:
    promise = promise_of(panel)
    if promise is None:
        return
    text = write_number(promise, panel.field_config.defaults.unit)
    if promise <= axes.get_ylim()[1]:
        axes.axhline(promise, color=RED, linestyle=(0, (6, 4)), linewidth=1.3)
        axes.annotate(
            text,
            (1, promise),
            xycoords=("axes fraction", "data"),
            xytext=(-3, 2),
            textcoords="offset points",
            color=RED,
            fontsize=8.5,
            ha="right",
            va="bottom",
        )
        return
    axes.annotate(
        f"line at {text} ↑",
        (1, 1),
        xycoords="axes fraction",
        xytext=(-3, -3),
        textcoords="offset points",
        color=RED,
        fontsize=8.5,
        ha="right",
        va="top",
    )


def _dress(axes: Axes, answer: Answer) -> None:
    unit = answer.panel.field_config.defaults.unit
    dress_time(axes, answer.span)
    if not isinstance(axes.yaxis.get_major_locator(), FixedLocator):
        axes.yaxis.set_major_locator(_numbers(axes, answer))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda n, _: write_number(n, unit))
        )
    axes.grid(visible=True, color=GRID, linewidth=0.9)
    axes.set_axisbelow(True)


def _numbers(axes: Axes, answer: Answer) -> Locator:
    """Round numbers of the unit: powers of two where it counts in them."""
    if answer.panel.field_config.defaults.unit == BINARY_BYTES:
        return MultipleLocator(2.0 ** math.floor(math.log2(axes.get_ylim()[1] / 3)))
    return MaxNLocator(4, integer=_is_counted(answer))


def _is_counted(answer: Answer) -> bool:
    """Whether every number is whole: then half of one is no mark on the axis."""
    return all(
        number.is_integer() for one in answer.all for number in one.series.numbers
    )


def _legend_columns(names: Sequence[str], width: float) -> int:
    """As many columns as fit when each is as wide as the longest name."""
    longest = max((len(name) for name in names), default=1) + 4
    return max(1, min(len(names), int((width - 0.2) / (longest * _LETTER_INCHES))))


def _draw_legend(axes: Axes, card: Card, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    page = card.page
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(
            (card.left + 0.08) / WIDTH_INCHES,
            1 - (card.top + card.height - 0.06) / page.height,
        ),
        bbox_transform=page.figure.transFigure,
        ncols=columns,
        **LEGEND,
    )
