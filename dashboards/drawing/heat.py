"""A heat map of a histogram over time."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.ticker import FixedLocator

from dashboards.drawing.answers import Answer
from dashboards.drawing.cards import Card
from dashboards.drawing.clock import moments
from dashboards.drawing.scales import curve, dress
from dashboards.drawing.units import write_number


def draw_heat(card: Card, answer: Answer) -> Axes:
    """Events a second in each bucket, darker where there are more."""
    axes = card.inside(left=0.78, right=0.2, bottom=0.34)
    rows = sorted(answer.all, key=lambda one: float(one.name))
    at = moments(answer.span)
    cumulated = np.array([np.nan_to_num(curve(answer, one)[1]) for one in rows])
    apart = np.clip(np.diff(cumulated, axis=0, prepend=0.0), 0.0, None)
    used = np.flatnonzero(apart.max(axis=1) > 0)
    low, high = (int(used[0]), int(used[-1])) if used.size else (0, len(rows) - 1)
    # What almost nobody met would stretch the picture; it stays, pale.
    shown = apart[low : high + 1]
    axes.pcolormesh(
        at,
        np.arange(shown.shape[0]),
        np.ma.masked_equal(shown, 0.0),
        cmap="Blues",
        norm=PowerNorm(0.5, vmin=0.0),
        shading="nearest",
    )
    dress(axes, answer)
    axes.grid(visible=False)
    edges = [float(one.name) for one in rows[low : high + 1]]
    axes.yaxis.set_major_locator(FixedLocator(list(np.arange(len(edges)))))
    axes.set_yticklabels([_edge(edge, edges) for edge in edges])
    return axes


def _edge(edge: float, edges: Sequence[float]) -> str:
    if math.isinf(edge):
        return f"> {write_number(edges[-2], 's')}" if len(edges) > 1 else "longer"
    return f"≤ {write_number(edge, 's')}"
