"""One panel: lines, large numbers, states or a table on the axes of its cell."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dashboards.drawing.results import Result
from dashboards.drawing.units import write_number
from dashboards.proof.boards.allowances import MAY_BE_EMPTY
from dashboards.reading import Board, Panel
from exchange.chart import DARK, GREEN, GREY, RED, SERIES, mark_target

MOST_NAMED: Final = 8
MOST_ROWS: Final = 9
FAR: Final = 4
"""A target this many times above all values would flatten the lines: text only."""
_COLORS: Final = {"green": GREEN, "red": RED, "blue": SERIES[0], "purple": SERIES[3]}


def draw_panel(axes: Axes, board: Board, result: Result) -> bool:
    """Draw one panel; return whether its horizontal axis is time."""
    kind = result.panel.type
    if not result.all:
        _write_empty(axes, result, MAY_BE_EMPTY.get((board.uid, result.panel.title)))
    elif kind == "stat":
        _write_numbers(axes, result)
    elif kind == "table":
        _write_table(axes, result)
    elif kind == "statetimeline":
        _draw_states(axes, result)
        return True
    else:
        _draw_lines(axes, result)
        return True
    axes.set_axis_off()
    return False


def _draw_lines(axes: Axes, result: Result) -> None:
    """Draw the largest series as lines; the buckets of a histogram are lines too."""
    panel = result.panel
    unit = "" if panel.type == "heatmap" else panel.field_config.defaults.unit
    largest = sorted(result.all, key=lambda one: -max(one.series.numbers))[:MOST_NAMED]
    for place, one in enumerate(sorted(largest, key=lambda one: one.name)):
        at, values = zip(*one.series.points, strict=True)
        name = f"≤ {one.name} s" if panel.type == "heatmap" else one.name
        color = SERIES[place % len(SERIES)]
        axes.plot(at, values, color=color, linewidth=1.4, label=name or "all")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda n, _: write_number(n, unit)))
    axes.grid(axis="y", linewidth=0.6)
    _draw_target(axes, panel)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.1),
        ncols=4 if len(largest) > 2 else 2,  # noqa: PLR2004 - two long names fit
        fontsize=7.5,
        frameon=False,
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=1.0,
        labelspacing=0.2,
    )


def _draw_target(axes: Axes, panel: Panel) -> None:
    target = target_of(panel)
    if target is None:
        return
    text = write_number(target, panel.field_config.defaults.unit)
    if target <= FAR * axes.get_ylim()[1]:
        mark_target(axes, target, text, RED)
        axes.set_ylim(top=max(axes.get_ylim()[1], target * 1.15))
    else:
        axes.set_title(f"target {text}", loc="right", color=RED, fontsize=9)


def _write_numbers(axes: Axes, result: Result) -> None:
    """Write the newest number of each series, red on the wrong side of its target."""
    unit = result.panel.field_config.defaults.unit
    for place, one in enumerate(result.all):
        across = (place + 0.5) / len(result.all)
        number = one.last or 0.0
        axes.text(
            across,
            0.5,
            write_number(number, unit),
            color=color_of(result.panel, number),
            fontsize=22,
            fontweight="bold",
            ha="center",
            va="center",
        )
        name = one.name if len(result.all) > 1 else _target_text(result.panel)
        axes.text(across, 0.0, name, color=GREY, fontsize=9, ha="center")


def _draw_states(axes: Axes, result: Result) -> None:
    """Draw a lane for each series; the colour of a point is its state."""
    mappings = result.panel.field_config.defaults.mappings
    states = mappings[0]["options"] if mappings else {}
    for lane, one in enumerate(sorted(result.all, key=lambda one: one.name)):
        at, values = zip(*one.series.points, strict=True)
        names = [states.get(f"{value:g}", {}).get("color", "") for value in values]
        colors = [_COLORS.get(name, GREY) for name in names]
        axes.scatter(at, [lane] * len(at), c=colors, marker="s", s=22)
    axes.set_yticks(
        range(len(result.all)), sorted(one.name for one in result.all), fontsize=8.5
    )
    axes.set_ylim(len(result.all) - 0.4, -0.6)
    text = ", ".join(f"{state['color']}: {state['text']}" for state in states.values())
    axes.set_title(text, loc="right", color=GREY, fontsize=9)


def _write_table(axes: Axes, result: Result) -> None:
    """Write a row for each value of the first label, a column for each query."""
    panel = result.panel
    key = panel.transformations[0]["options"]["byField"]
    columns = [target.legend_format for target in panel.targets]
    rows: dict[str, dict[str, str]] = {}
    for column, found in zip(columns, result.by_query, strict=True):
        for one in found:
            row = rows.setdefault(one.series.labels.get(key, ""), {})
            row[column] = write_number(one.last or 0.0, _unit(panel, column))
    table = axes.table(
        cellText=[
            [name, *(rows[name].get(column, "-") for column in columns)]
            for name in sorted(rows)[:MOST_ROWS]
        ],
        colLabels=[key, *columns],
        loc="upper center",
        edges="horizontal",
        cellLoc="left",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.scale(1, 1.2)


def _write_empty(axes: Axes, result: Result, reason: str | None) -> None:
    text = f"empty: {reason}" if reason and not result.error else "NO DATA"
    color = GREEN if text != "NO DATA" else RED
    axes.text(0.5, 0.5, text, color=color, fontsize=12, ha="center", va="center")
    axes.text(0.5, 0.2, result.error[:80], fontsize=8.5, ha="center")


def target_of(panel: Panel) -> float | None:
    """Return the target that a panel draws; None without one."""
    steps = panel.field_config.defaults.thresholds.steps
    return next((step.value for step in steps if step.value is not None), None)


def color_of(panel: Panel, number: float) -> str:
    """Return red or green by the threshold that a number has reached."""
    if target_of(panel) is None:
        return DARK
    steps = panel.field_config.defaults.thresholds.steps
    reached = [
        step.color for step in steps if step.value is None or number >= step.value
    ]
    return _COLORS.get(reached[-1], DARK)


def _target_text(panel: Panel) -> str:
    target = target_of(panel)
    if target is None:
        return ""
    return f"target {write_number(target, panel.field_config.defaults.unit)}"


def _unit(panel: Panel, column: str) -> str:
    for override in panel.field_config.overrides:
        if override["matcher"]["options"] == column:
            found: str = override["properties"][0]["value"]
            return found
    return panel.field_config.defaults.unit
