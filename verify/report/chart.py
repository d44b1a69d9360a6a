"""Plots as inline SVG that take their colours from the page, light or dark."""

import io
import re
from contextlib import AbstractContextManager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Stand-ins while matplotlib draws; each becomes a variable of the style sheet.
INK, MUTED, RULE = "#010203", "#010204", "#010205"
LINE, FAULT, MET, INVALID = "#010206", "#010207", "#010208", "#010209"
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    LINE: "--line",
    FAULT: "--fault",
    MET: "--met",
    INVALID: "--invalid",
}
_WIDTH_INCHES = 10.0


class Chart:
    """One figure of stacked panels that share the horizontal axis."""

    def __init__(self, *heights: float) -> None:
        with _styled():
            self._figure = Figure(figsize=(_WIDTH_INCHES, sum(heights)))
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
        """The SVG with a description for those who cannot see it."""
        with _styled(), io.StringIO() as drawn:
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


def _styled() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "svg.fonttype": "none",
            "font.size": 10,
            "text.color": INK,
            "axes.edgecolor": RULE,
            "axes.labelcolor": MUTED,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "grid.color": RULE,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "figure.constrained_layout.use": True,
            "hatch.linewidth": 0.6,
        }
    )
