"""A page of cards: where each panel stands, its frame, its title."""

from datetime import UTC, datetime
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from dashboards.boards.panels import COLUMNS
from dashboards.drawing.colors import CARD, EDGE, FAINT, INK, LINK, PAGE
from dashboards.proof.metrics.prometheus import Span
from dashboards.reading import Board, Panel, Place

WIDTH_INCHES: Final = 16.0
ROW_INCHES: Final = 0.36
HEAD_INCHES: Final = 0.95
MARGIN_INCHES: Final = 0.22
GAP_INCHES: Final = 0.055
DOTS: Final = 100


class Page:
    """A figure with the grid of a board; distances are in inches from the top left."""

    def __init__(self, board: Board) -> None:
        rows = max(p.grid_pos.y + p.grid_pos.h for p in board.panels)
        self.height = HEAD_INCHES + rows * ROW_INCHES + MARGIN_INCHES
        self.figure = Figure(figsize=(WIDTH_INCHES, self.height), dpi=DOTS)
        self.figure.set_facecolor(PAGE)

    def write_head(self, board: Board, span: Span, note: str) -> None:
        """Title, what was going on, and the stretch of time."""
        clock = [datetime.fromtimestamp(at, UTC) for at in (span.start, span.end)]
        when = f"{clock[0]:%Y-%m-%d %H:%M} to {clock[1]:%H:%M} UTC"
        self.write(MARGIN_INCHES, 0.42, board.title, size=17, weight="bold")
        self.write(MARGIN_INCHES, 0.72, note, size=10.5, color=FAINT)
        right = WIDTH_INCHES - MARGIN_INCHES
        self.write(right, 0.42, when, size=10.5, color=FAINT, align="right")
        others = "   ".join(link.title for link in board.links)
        self.write(right, 0.72, others, size=10.5, color=LINK, align="right")

    def write_row(self, panel: Panel) -> None:
        """The question that the panels below it answer."""
        left, top, _, height = self._place(panel.grid_pos)
        self.write(
            left + 0.04, top + height * 0.78, panel.title, size=12, weight="bold"
        )

    def card(self, panel: Panel) -> "Card":
        """The frame of a panel with its title."""
        left, top, width, height = self._place(panel.grid_pos)
        box = FancyBboxPatch(
            (left / WIDTH_INCHES, 1 - (top + height) / self.height),
            width / WIDTH_INCHES,
            height / self.height,
            boxstyle="round,pad=0,rounding_size=0.004",
            mutation_aspect=WIDTH_INCHES / self.height,
            facecolor=CARD,
            zorder=-1,
            edgecolor=EDGE,
            linewidth=0.8,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(box)
        self.write(left + 0.13, top + 0.25, panel.title, size=10, weight="bold")
        return Card(self, left, top, width, height)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place in inches."""
        return self.figure.add_axes(
            (
                left / WIDTH_INCHES,
                1 - (top + height) / self.height,
                width / WIDTH_INCHES,
                height / self.height,
            )
        )

    def _place(self, place: Place) -> tuple[float, float, float, float]:
        column = (WIDTH_INCHES - 2 * MARGIN_INCHES) / COLUMNS
        return (
            MARGIN_INCHES + place.x * column + GAP_INCHES,
            HEAD_INCHES + place.y * ROW_INCHES + GAP_INCHES,
            place.w * column - 2 * GAP_INCHES,
            place.h * ROW_INCHES - 2 * GAP_INCHES,
        )

    def write(  # noqa: PLR0913 - a text has this many properties
        self,
        left: float,
        top: float,
        text: str,
        *,
        size: float,
        color: str = INK,
        weight: str = "normal",
        align: str = "left",
    ) -> None:
        """Text whose baseline begins, or with `align` ends, at this place."""
        self.figure.text(
            left / WIDTH_INCHES,
            1 - top / self.height,
            text,
            fontsize=size,
            color=color,
            fontweight=weight,
            ha=align,
            va="baseline",
        )


class Card:
    """The inside of one panel, in inches."""

    def __init__(
        self, page: Page, left: float, top: float, width: float, height: float
    ) -> None:
        self.page, self.left, self.top = page, left, top
        self.width, self.height = width, height

    def inside(
        self,
        *,
        left: float = 0.13,
        right: float = 0.13,
        top: float = 0.4,
        bottom: float = 0.13,
    ) -> Axes:
        """Axes inside the frame, with these distances to its edges."""
        return self.page.axes(
            self.left + left,
            self.top + top,
            self.width - left - right,
            self.height - top - bottom,
        )

    def write_aside(self, text: str) -> None:
        """A remark in the corner, where it disturbs nobody."""
        right = self.left + self.width - 0.13
        self.page.write(
            right, self.top + 0.25, text, size=8.5, color=FAINT, align="right"
        )
