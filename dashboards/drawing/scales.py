"""The axis of numbers: round marks, and the promised line."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator

from dashboards.boards.panels import BINARY_BYTES
from dashboards.drawing.answers import Answer, Named
from dashboards.drawing.clock import dress_time, moments
from dashboards.drawing.colors import GRID, RED
from dashboards.drawing.units import write_number
from dashboards.reading import Panel

FAR: Final = 4
"""A line this many times above all values would press them flat: it is named."""


def curve(answer: Answer, one: Named) -> tuple[np.ndarray, np.ndarray]:
    """The series on the grid of the span; where it has no point, a gap."""
    span, at_all = answer.span, moments(answer.span)
    values = np.full(len(at_all), np.nan)
    for at, number in one.series.points:
        place = round((at - span.start) / span.step_seconds)
        if 0 <= place < len(values):
            values[place] = number
    return np.array(at_all), values


def promise_of(panel: Panel) -> float | None:
    """The promised number that a panel draws; None without one."""
    steps = panel.field_config.defaults.thresholds.steps
    return next((step.value for step in steps if step.value is not None), None)


def scale(axes: Axes, panel: Panel, named: Sequence[Named]) -> None:
    """From zero, or the lowest, to the highest; the promise is kept in sight."""
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


def draw_promise(axes: Axes, panel: Panel) -> None:
    """A dashed line with its number; where it is far above, its number alone."""
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


def dress(axes: Axes, answer: Answer) -> None:
    """Round marks in the panel's unit, clock times, a pale grid."""
    unit = answer.panel.field_config.defaults.unit
    dress_time(axes, answer.span)
    axes.yaxis.set_major_locator(_numbers(axes, answer))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda n, _: write_number(n, unit)))
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
