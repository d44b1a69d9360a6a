"""A board as a picture: what Grafana would show, drawn without one."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from PIL import Image

from dashboards.drawing.answers import Answer, ask
from dashboards.drawing.cards import DOTS, Card, Page
from dashboards.drawing.colors import AMBER, GREEN, RED
from dashboards.drawing.heat import draw_heat
from dashboards.drawing.lines import draw_lines
from dashboards.drawing.numbers import draw_numbers
from dashboards.drawing.states import draw_states
from dashboards.drawing.tables import draw_table
from dashboards.proof.boards.allowances import MAY_BE_EMPTY
from dashboards.proof.boards.expanding import Pace
from dashboards.proof.metrics.prometheus import Prometheus, Span
from dashboards.reading import Board
from exchange.outcomes import Moment

STYLE: Final[dict[Any, Any]] = {"font.family": "sans-serif"}
COLORS: Final = 256
REFINED: Final = 3
_MARKS: Final = {"fault": RED, "recovered": GREEN, "undone": AMBER}
_KINDS: Final[dict[str, Callable[[Card, Answer], Axes | None]]] = {
    "timeseries": draw_lines,
    "heatmap": draw_heat,
    "stat": draw_numbers,
    "table": draw_table,
    "statetimeline": draw_states,
}


def draw_board(  # noqa: PLR0913 - what, from where, over which time, with which words
    board: Board,
    prometheus: Prometheus,
    span: Span,
    pace: Pace,
    *,
    note: str,
    moments: Sequence[Moment] = (),
) -> Page:
    """Every panel at its place, from live figures; moments are vertical lines."""
    page = Page(board)
    with mpl.rc_context(STYLE):
        page.write_head(board, span, note)
        for panel in board.panels:
            if panel.is_row:
                page.write_row(panel)
                continue
            answer = ask(prometheus, board, panel, span, pace)
            axes = _draw_panel(page.card(panel), board, answer)
            if axes is not None:
                _mark(axes, span, moments)
    return page


def save(page: Page, path: Path) -> None:
    """Write the picture as PNG, with a palette: a third of the size, no loss to see."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = BytesIO()
    with mpl.rc_context(STYLE):
        page.figure.savefig(
            drawn, dpi=DOTS, facecolor=page.figure.get_facecolor(), format="png"
        )
    with Image.open(drawn) as picture:
        flat = picture.convert("RGB")
        exact = flat.quantize(
            COLORS,
            method=Image.Quantize.MAXCOVERAGE,
            kmeans=REFINED,
            dither=Image.Dither.NONE,
        )
        exact.save(path, optimize=True)


def _draw_panel(card: Card, board: Board, answer: Answer) -> Axes | None:
    if answer.is_empty:
        excuse = MAY_BE_EMPTY.get((board.uid, answer.panel.title), "")
        _write_nothing(card, answer.trouble, excuse)
        return None
    return _KINDS[answer.panel.type](card, answer)


def _write_nothing(card: Card, trouble: str, excuse: str) -> None:
    axes = card.inside()
    axes.set_axis_off()
    calm = excuse and not trouble
    axes.text(
        0.5,
        0.55,
        f"empty: {excuse}" if calm else "NO DATA",
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=12 if calm else 18,
        fontweight="normal" if calm else "bold",
        color=GREEN if calm else RED,
    )
    if trouble:
        axes.text(
            0.5, 0.3, trouble[:80], transform=axes.transAxes, ha="center", fontsize=8.5
        )


def _mark(axes: Axes, span: Span, moments: Sequence[Moment]) -> None:
    for moment in moments:
        if moment.kind in _MARKS and span.start <= moment.at <= span.end:
            axes.axvline(moment.at, color=_MARKS[moment.kind], linewidth=1.1, alpha=0.8)
