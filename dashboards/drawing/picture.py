"""A plain picture of a board: titles, lines over time, numbers and tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from msgspec import Struct

from dashboards.boards.panels import COLUMNS
from dashboards.drawing.panels import draw_panel
from dashboards.drawing.results import query_panel
from dashboards.proof.boards.variables import Pace
from dashboards.proof.metrics.prometheus import Prometheus, Span
from dashboards.reading import Board, Panel
from exchange.chart import AMBER, GREEN, GREY, RED, save, styled
from exchange.outcomes import Moment

WIDTH_INCHES: Final = 16.0
ROW_INCHES: Final = 0.36
HEAD_INCHES: Final = 0.9
LEFT, RIGHT, TOP, BOTTOM = 0.75, 0.2, 0.42, 0.62
"""Inches between the edge of a panel's cell and its axes."""
_MARKS: Final = {"fault": RED, "recovered": GREEN, "undone": AMBER}


class View(Struct, frozen=True, kw_only=True):
    """The time that a picture shows, the words under its title, the marked moments."""

    span: Span
    pace: Pace
    note: str = ""
    moments: Sequence[Moment] = ()


def draw_board(board: Board, prometheus: Prometheus, view: View) -> Figure:
    """Draw every panel at its place on the board from the results of its queries."""
    rows = max(panel.grid_pos.y + panel.grid_pos.h for panel in board.panels)
    with styled():
        figure = Figure(figsize=(WIDTH_INCHES, HEAD_INCHES + rows * ROW_INCHES))
        _write_head(figure, board, view)
        for panel in board.panels:
            if panel.is_row:
                _write_row(figure, panel)
                continue
            result = query_panel(prometheus, board, panel, view.span, view.pace)
            axes = figure.add_axes(_cell(figure, panel))
            axes.set_title(panel.title, loc="left", fontsize=10, fontweight="bold")
            if draw_panel(axes, board, result):
                _label_time(axes, view.span)
                _mark(axes, view)
    return figure


def save_picture(figure: Figure, file: Path) -> None:
    """Write the picture as PNG or SVG, by the file's suffix."""
    with styled():
        save(figure, file)


def _cell(figure: Figure, panel: Panel) -> tuple[float, float, float, float]:
    """Return a panel's axes as shares of the figure: left, bottom, width, height."""
    place, height = panel.grid_pos, figure.get_figheight()
    column = WIDTH_INCHES / COLUMNS
    bottom = HEAD_INCHES + (place.y + place.h) * ROW_INCHES - BOTTOM
    return (
        (place.x * column + LEFT) / WIDTH_INCHES,
        1 - bottom / height,
        (place.w * column - LEFT - RIGHT) / WIDTH_INCHES,
        (place.h * ROW_INCHES - TOP - BOTTOM) / height,
    )


def _write_head(figure: Figure, board: Board, view: View) -> None:
    start, end = (
        datetime.fromtimestamp(at, UTC) for at in (view.span.start, view.span.end)
    )
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.4 / height, board.title, fontsize=17, fontweight="bold")
    when = f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
    under = f"{view.note}, {when}" if view.note else when
    figure.text(0.012, 1 - 0.7 / height, under, color=GREY)


def _write_row(figure: Figure, panel: Panel) -> None:
    top = HEAD_INCHES + (panel.grid_pos.y + 0.8) * ROW_INCHES
    at = 1 - top / figure.get_figheight()
    figure.text(0.012, at, panel.title, fontsize=12, fontweight="bold")


def _label_time(axes: Axes, span: Span) -> None:
    axes.set_xlim(span.start, span.end)
    axes.xaxis.set_major_locator(MaxNLocator(5, prune="both"))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda at, _: f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}")
    )
    axes.tick_params(length=0, labelsize=8.5)


def _mark(axes: Axes, view: View) -> None:
    for moment in view.moments:
        inside = view.span.start <= moment.at <= view.span.end
        if moment.kind in _MARKS and inside:
            axes.axvline(moment.at, color=_MARKS[moment.kind], linewidth=1.1)
