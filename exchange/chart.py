"""Charts in the style shared by reports, benchmarks and pictures of boards."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Placeholders while matplotlib draws; each becomes a variable of the style sheet.
INK, MUTED, RULE = "#010203", "#010204", "#010205"
LINE, FAULT, MET, INVALID = "#010206", "#010207", "#010208", "#010209"
_VARIABLES: Final = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    LINE: "--line",
    FAULT: "--fault",
    MET: "--met",
    INVALID: "--invalid",
}
# Colours of a chart in its own file.
DARK, GREY, PALE = "#24292f", "#6b7480", "#d0d7de"
GREEN, RED, AMBER = "#1a7f5a", "#c2410c", "#b7791f"
SERIES: Final = (
    "#3b6ea8",
    "#c98a3a",
    "#1a7f5a",
    "#8b5cc7",
    "#12a0b8",
    "#b04a85",
    "#7a8b2c",
    "#8a94a0",
)
DASHED: Final = (0, (4, 3))
_WIDTH_INCHES: Final = 10.0


class Chart:
    """One figure of stacked panels that share the horizontal axis, for a report page.

    The SVG takes its colours from the page's style sheet, light or dark.
    """

    def __init__(self, *heights: float) -> None:
        with styled(INK, MUTED, RULE):
            self._figure = Figure(
                figsize=(_WIDTH_INCHES, sum(heights)), layout="constrained"
            )
            grid = self._figure.subplots(
                len(heights), 1, sharex=True, squeeze=False, height_ratios=heights
            )
        self.panels: list[Axes] = [row[0] for row in grid]
        for panel in self.panels:
            panel.patch.set_alpha(0)
            panel.grid(axis="y", linewidth=0.6)
            panel.set_axisbelow(True)
            panel.tick_params(length=0)

    def render(self, description: str) -> str:
        """Return the SVG; `description` is its text for screen readers."""
        with styled(INK, MUTED, RULE), io.StringIO() as drawn:
            self._figure.savefig(
                drawn, format="svg", transparent=True, metadata={"Date": None}
            )
            svg = drawn.getvalue()
        svg = svg[svg.index("<svg") :]
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
        for colour, variable in _VARIABLES.items():
            svg = svg.replace(colour, f"var({variable})")
        opening = f'<svg role="img" aria-label="{description}"'
        return svg.replace("<svg", opening, 1)


@contextmanager
def styled(ink: str = DARK, muted: str = GREY, rule: str = PALE) -> Iterator[None]:
    """Draw and save inside this context; the same data give the same file."""
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "holdfast",
        "font.size": 10,
        "text.color": ink,
        "axes.edgecolor": rule,
        "axes.labelcolor": muted,
        "xtick.color": muted,
        "ytick.color": muted,
        "grid.color": rule,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "hatch.linewidth": 0.6,
    }
    with mpl.rc_context(style):
        yield


def mark_target(axes: Axes, value: float, text: str, color: str = INK) -> None:
    """Draw a target as a dashed line across the axes, with its text at the right."""
    axes.axhline(value, color=color, linewidth=1, linestyle=DASHED)
    axes.annotate(
        text,
        (1, value),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        color=color,
    )


def save(figure: Figure, file: Path) -> None:
    """Write the figure in the format of the file's suffix, without a date."""
    file.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"Date": None} if file.suffix == ".svg" else None
    figure.savefig(file, metadata=metadata)
