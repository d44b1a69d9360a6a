"""The axis of time: epoch seconds below, round clock times written under it."""

from datetime import UTC, datetime
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from dashboards.drawing.colors import FAINT
from dashboards.proof.metrics.prometheus import Span

_STEPS: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST: Final = 5
_CORNER: Final = 0.04


def moments(span: Span) -> list[float]:
    """Every point in time that a span is asked for."""
    steps = round((span.end - span.start) / span.step_seconds)
    return [span.start + i * span.step_seconds for i in range(steps + 1)]


def dress_time(axes: Axes, span: Span) -> None:
    """Clock times below, and nothing around."""
    length = span.end - span.start
    step = next((s for s in _STEPS if length / s <= _MOST), _STEPS[-1])
    first = int(-(-span.start // step) * step)
    axes.set_xlim(span.start, span.end)
    ticks = range(first, int(span.end), step)
    # A time under a corner would touch the number beside it, or leave the card.
    margin = length * _CORNER
    clear = [at for at in ticks if margin < at - span.start < length - margin / 2]
    axes.xaxis.set_major_locator(FixedLocator(clear))
    shape = "%H:%M" if step >= 60 else "%H:%M:%S"  # noqa: PLR2004 - a minute
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda at, _: f"{datetime.fromtimestamp(at, UTC):{shape}}")
    )
    axes.tick_params(length=0, labelsize=8.5, labelcolor=FAINT)
    for spine in axes.spines.values():
        spine.set_visible(False)
