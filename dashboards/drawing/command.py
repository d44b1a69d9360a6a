"""`python -m dashboards draw`."""

import time
from pathlib import Path

from rich.console import Console

from dashboards.drawing.picture import draw_board, save
from dashboards.proof.boards.expanding import Pace
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
SCRAPES_SECONDS = 20
"""Four scrapes of the platform on one machine take eight; this is a calm curve."""


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
    """Draw each board from live figures, as Grafana would lay it out; PNG files.

    Parameters
    ----------
    out
        The folder of the pictures.
    only
        The uid of one board.
    minutes
        The stretch of time that is drawn.
    ago
        Minutes since its end: draw an incident after it.
    note
        What was going on; stands under the title.
    moments
        The outcome of an experiment, whose fault and recovery are marked.
    prometheus
        Its address; by default what the running local platform published.
    folder
        The rendered boards.
    """
    console = Console(stderr=True)
    now = time.time() - 60 * ago
    step = max(2, 60 * minutes // POINTS)
    span = Span(start=now - 60 * minutes, end=now, step_seconds=step)
    pace = Pace(60 * minutes, step, max(SCRAPES_SECONDS, 4 * step))
    try:
        marked = read_outcome(moments).timeline if moments else ()
        with Prometheus(prometheus or find_prometheus()) as running:
            for board in read_boards(folder):
                if only in {"", board.uid}:
                    page = draw_board(
                        board, running, span, pace, note=note, moments=marked
                    )
                    save(page, out / f"{board.uid}.png")
                    console.print(f"drew {out / board.uid}.png", highlight=False)
    except (PrometheusUnknown, OutcomeUnreadable) as trouble:
        console.print(str(trouble), style="red", highlight=False)
        return USAGE_OR_CRASH
    return 0
