"""Charts of an outcome's facts: ratios with goals, bars by case, and lines."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK, _FAINT, _GOOD, _BAD = "#24292f", "#d0d7de", "#1a7f5a", "#c2410c"
_COLOURS = ("#1a7f5a", "#c98a3a", "#8a94a0", "#6fae94", "#a9cfbd", "#3b6ea8")
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "figure.facecolor": "white",
    # The same data give the same file.
    "svg.hashsalt": "holdfast",
}
_WIDTH = 9.0
_NARROW = 4.5
_COLUMNS = 3
_LONG = 46


def draw(facts: dict[str, Any], *, stem: Path) -> list[Path]:
    """Write `stem`-ratios.svg, `stem`-bars-1.svg, `stem`-plot-1.svg, as needed."""
    files = []
    with mpl.rc_context(_STYLE):
        if ratios := facts.get("ratios"):
            files.append(save(draw_ratios(ratios), stem, "ratios"))
        for number, told in enumerate(facts.get("bars", []), 1):
            files.append(save(draw_bars(told), stem, f"bars-{number}"))
        for number, told in enumerate(facts.get("plots", []), 1):
            files.append(save(draw_lines(told), stem, f"plot-{number}"))
    return files


def save(figure: Figure, stem: Path, name: str) -> Path:
    file = stem.with_name(f"{stem.name}-{name}.svg")
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    return file


def draw_ratios(ratios: Sequence[dict[str, Any]]) -> Figure:
    """Draw each ratio relative to its goal."""
    figure = Figure(figsize=(_WIDTH, 0.8 + 0.42 * len(ratios)))
    axes = figure.add_subplot()
    for place, told in enumerate(reversed(ratios)):
        draw_ratio(axes, place, told)
    axes.axvline(1.0, color=_INK, linewidth=1.2)
    axes.set_yticks(
        range(len(ratios)), [shorten(told["title"]) for told in reversed(ratios)]
    )
    axes.set_ylim(-0.6, len(ratios) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g×"))
    axes.set_xlabel("measured over goal; the bar is the quartiles of the rounds")
    axes.margins(x=0.25)
    axes.spines["left"].set_visible(False)
    axes.set_title("Ratios against their goals")
    return figure


def draw_ratio(axes: Axes, place: int, told: dict[str, Any]) -> None:
    goal, ratio = told["goal"], told["ratio"]
    colour = _GOOD if ratio >= goal else _BAD
    low, high = told.get("low", ratio) / goal, told.get("high", ratio) / goal
    axes.plot([1.0, ratio / goal], [place, place], color=_FAINT, linewidth=6)
    axes.plot([low, high], [place, place], color=colour, linewidth=3, alpha=0.5)
    axes.plot([ratio / goal], [place], "o", color=colour, markersize=7)
    axes.annotate(
        f"{ratio:.2f}× of {goal:g}×",
        (max(ratio / goal, high, 1.0), place),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=colour,
    )


def draw_bars(told: dict[str, Any]) -> Figure:
    """Draw one panel per group, because groups differ by orders of magnitude."""
    groups = told["groups"]
    names = list(dict.fromkeys(bar["name"] for one in groups for bar in one["bars"]))
    columns = min(_COLUMNS, len(groups))
    lines = -(-len(groups) // columns)
    size = (max(_WIDTH * columns / _COLUMNS, _NARROW), 0.6 + 1.6 * lines)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    most = max(len(one["bars"]) for one in groups)
    for axes, group in zip(panels, groups, strict=False):
        draw_group(axes, group, names, told["unit"])
        axes.set_ylim(len(group["bars"]) - most - 0.5, len(group["bars"]) - 0.5)
    for axes in panels[len(groups) :]:
        axes.set_visible(False)
    figure.suptitle(
        f"{told['title']} ({told['unit']})", x=0.01, ha="left", fontweight="bold"
    )
    return figure


def draw_group(
    axes: Axes, group: dict[str, Any], names: Sequence[str], unit: str
) -> None:
    bars = list(reversed(group["bars"]))
    values = [bar["value"] for bar in bars]
    colours = [_COLOURS[names.index(bar["name"]) % len(_COLOURS)] for bar in bars]
    drawn = axes.barh([bar["name"] for bar in bars], values, color=colours, height=0.62)
    axes.bar_label(drawn, [spell(value, unit) for value in values], padding=3)
    axes.set_title(group["name"], fontsize=9)
    axes.set_xlim(0, max(values) * 1.35)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.spines["bottom"].set_visible(False)


def draw_lines(told: dict[str, Any]) -> Figure:
    """Draw lines over one axis; both axes are logarithmic if the facts say so."""
    figure = Figure(figsize=(_WIDTH, 3.4))
    axes = figure.add_subplot()
    for place, line in enumerate(told["lines"]):
        across = [point[0] for point in line["points"]]
        up = [point[1] for point in line["points"]]
        mark = "o" if told.get("log") else ""
        axes.plot(
            across,
            up,
            marker=mark,
            linewidth=1.8,
            markersize=5,
            color=_COLOURS[place % len(_COLOURS)],
            label=line["name"],
        )
    if told.get("log"):
        spread_decades(axes)
    else:
        axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(told["x"])
    axes.set_ylabel(told["y"])
    axes.set_title(told["title"])
    axes.legend(frameon=False, loc="best")
    return figure


def spread_decades(axes: Axes) -> None:
    """Use whole decades on both axes, so that a flat line looks flat."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ticker.FuncFormatter(spell_decade))
        axis.set_minor_formatter(ticker.NullFormatter())


def spell_decade(value: float, _: int | None) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def shorten(title: str) -> str:
    """Break a long title at a comma or a space near its middle."""
    if len(title) <= _LONG:
        return title
    at = min(
        (place for place, letter in enumerate(title) if letter == " "),
        key=lambda place: abs(place - len(title) // 2),
    )
    return f"{title[:at]}\n{title[at + 1 :]}"


def spell(value: float, unit: str) -> str:
    """Format a value with three digits, and thousands with a comma."""
    number = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - digits
    return f"{number} {unit}"
