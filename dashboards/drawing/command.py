"""`python -m dashboards draw`: a picture of each board."""

import time
from pathlib import Path

from rich.console import Console

from dashboards.drawing.picture import View, draw_board, save_picture
from dashboards.proof.boards.variables import Pace
from dashboards.proof.metrics.prometheus import (
    Prometheus,
    PrometheusUnknown,
    Span,
    find_prometheus,
)
from dashboards.reading import read_boards
from dashboards.rendering import RENDERED
from exchange.outcomes import OutcomeUnreadable, read_outcome

USAGE_OR_CRASH = 2
POINTS = 180
RATE_SECONDS = 20
"""Shortest window of a rate: ten scrapes of the platform on one machine."""


def draw_boards(  # noqa: PLR0913 - each is one option of the command
    *,
    out: Path,
    only: str = "",
    minutes: int = 15,
    ago: int = 0,
    note: str = "",
    moments: Path | None = None,
    prometheus: str | None = None,
    folder: Path = RENDERED,
) -> int:
    """Draw a plain picture of each board from live metrics; PNG files.

    Parameters
    ----------
    out
        The folder of the pictures.
    only
        The uid of one board.
    minutes
        Length of the period that is drawn.
    ago
        Minutes from the end of that period until now.
    note
        Text under the title, such as the load at that time.
    moments
        Outcome file of an experiment; its fault and recovery are marked.
    prometheus
        Address of Prometheus; by default that of the running local platform.
    folder
        The rendered boards.
    """
    console = Console(stderr=True)
    now = time.time() - 60 * ago
    step = max(2, 60 * minutes // POINTS)
    span = Span(start=now - 60 * minutes, end=now, step_seconds=step)
    pace = Pace(60 * minutes, step, max(RATE_SECONDS, 4 * step))
    try:
        marked = read_outcome(moments).timeline if moments else ()
        view = View(span=span, pace=pace, note=note, moments=marked)
        with Prometheus(prometheus or find_prometheus()) as running:
            for board in read_boards(folder):
                if only in {"", board.uid}:
                    save_picture(
                        draw_board(board, running, view), out / f"{board.uid}.png"
                    )
                    console.print(f"drew {out / board.uid}.png", highlight=False)
    except (PrometheusUnknown, OutcomeUnreadable) as trouble:
        console.print(str(trouble), style="red", highlight=False)
        return USAGE_OR_CRASH
    return 0
