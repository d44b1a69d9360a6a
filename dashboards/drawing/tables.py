"""Tables: queries of one moment, joined by a label."""

from typing import Final

from matplotlib.axes import Axes

from dashboards.drawing.answers import Answer
from dashboards.drawing.cards import Card
from dashboards.drawing.colors import EDGE, FAINT, INK
from dashboards.drawing.units import write_number
from dashboards.reading import Panel

MOST_ROWS: Final = 9
NOTHING: Final = "-"


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
