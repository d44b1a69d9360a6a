"""Big numbers, tables and states: panels without an axis of numbers."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from dashboards.drawing.answers import Answer, Named
from dashboards.drawing.cards import WIDTH_INCHES, Card
from dashboards.drawing.charts import LEGEND, promise_of
from dashboards.drawing.clock import dress_time
from dashboards.drawing.colors import EDGE, FAINT, GREEN, INK, NAMED, RED
from dashboards.drawing.units import write_number
from dashboards.reading import Panel

MOST_ROWS: Final = 9
NOTHING: Final = "-"


def color_of(panel: Panel, number: float) -> str:
    """The colour of the threshold that a number has reached; ink without a promise."""
    if promise_of(panel) is None:
        return INK
    steps = panel.field_config.defaults.thresholds.steps
    reached = [
        step.color for step in steps if step.value is None or number >= step.value
    ]
    return {"red": RED, "green": GREEN}.get(reached[-1], INK)


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


def draw_table(card: Card, answer: Answer) -> None:
    """One line for each value of the joined label, one column for each query."""
    axes = card.inside(left=0.18, right=0.18, top=0.42, bottom=0.12)
    axes.set_axis_off()
    columns = _columns(answer.panel)
    rows = _rows(answer, columns)
    shown = rows[:MOST_ROWS]
    axes.set_ylim(max(len(shown), 5) + 1, 0)
    axes.set_xlim(0, len(columns))
    for place, column in enumerate(columns):
        _write_cell(axes, place, 0, column, FAINT)
    for line, row in enumerate(shown, start=1):
        axes.axhline(line, color=EDGE, linewidth=0.7)
        for place, text in enumerate(row):
            _write_cell(axes, place, line, text, INK)


def _write_cell(axes: Axes, column: int, line: int, text: str, color: str) -> None:
    is_first = column == 0
    axes.text(
        column + (0 if is_first else 0.95),
        line + 0.5,
        text,
        color=color,
        fontsize=9.5,
        ha="left" if is_first else "right",
        va="center",
    )


def _columns(panel: Panel) -> list[str]:
    organize = panel.transformations[-1]["options"]
    named: dict[str, str] = organize["renameByName"]
    return [named.get(name, name) for name in organize["indexByName"]]


def _rows(answer: Answer, columns: list[str]) -> list[list[str]]:
    key = answer.panel.transformations[0]["options"]["byField"]
    lines: dict[tuple[str, ...], dict[str, str]] = {}
    for target, found in zip(answer.panel.targets, answer.by_query, strict=True):
        unit = _unit(answer.panel, target.legend_format)
        for one in found:
            labels = one.series.labels
            identity = (labels.get(key, ""), labels.get("severity", ""))
            line = lines.setdefault(identity, dict(labels))
            line[target.legend_format] = (
                NOTHING if one.last is None else write_number(one.last, unit)
            )
    return [
        [line.get(column, NOTHING) for column in columns]
        for _, line in sorted(lines.items())
    ]


def _unit(panel: Panel, column: str) -> str:
    for override in panel.field_config.overrides:
        if override["matcher"]["options"] == column:
            found: str = override["properties"][0]["value"]
            return found
    return panel.field_config.defaults.unit


def draw_states(card: Card, answer: Answer) -> Axes:
    """A band a series, coloured by its state; a gap is silence."""
    named = sorted(answer.all, key=lambda one: one.name, reverse=True)
    axes = card.inside(left=1.15, right=0.2, bottom=0.52)
    states = _states(answer.panel)
    seen: set[str] = set()
    for line, one in enumerate(named):
        for at, number in one.series.points:
            state = states.get(str(int(number)))
            if state:
                seen.add(str(int(number)))
                _draw_state(axes, answer, line, at, NAMED[state["color"]])
    axes.set_ylim(-0.55, len(named) - 0.45)
    axes.set_yticks(range(len(named)), [one.name for one in named])
    dress_time(axes, answer.span)
    axes.tick_params(axis="y", labelcolor=INK)
    patches = [
        Patch(color=NAMED[state["color"]], label=state["text"])
        for value, state in sorted(states.items(), reverse=True)
        if value in seen
    ]
    page = card.page
    axes.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(
            (card.left + 0.08) / WIDTH_INCHES,
            1 - (card.top + card.height - 0.06) / page.height,
        ),
        bbox_transform=page.figure.transFigure,
        ncols=4,
        **LEGEND,
    )
    return axes


def _draw_state(axes: Axes, answer: Answer, line: int, at: float, color: str) -> None:
    step = answer.span.step_seconds
    start = max(at - step / 2, answer.span.start)
    axes.barh(
        line,
        step * 1.02,
        left=start,
        height=0.66,
        color=color,
        linewidth=0,
        align="center",
    )


def _states(panel: Panel) -> dict[str, Any]:
    mappings = panel.field_config.defaults.mappings
    found: dict[str, Any] = mappings[0]["options"] if mappings else {}
    return found
