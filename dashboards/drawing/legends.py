"""Names of series and states, at the foot of a card."""

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from dashboards.drawing.cards import WIDTH_INCHES, Card
from dashboards.drawing.colors import INK

LINE_INCHES: Final = 0.17
_LETTER_INCHES: Final = 0.067
_LOOK: Final[dict[str, Any]] = {
    "fontsize": 8.5,
    "frameon": False,
    "labelcolor": INK,
    "handlelength": 1.1,
    "handletextpad": 0.45,
    "columnspacing": 1.1,
    "labelspacing": 0.25,
    "borderpad": 0.2,
}


def columns_for(names: Sequence[str], width: float) -> int:
    """As many columns as fit in `width` inches when each holds the longest name."""
    longest = max((len(name) for name in names), default=1) + 4
    return max(1, min(len(names), int((width - 0.2) / (longest * _LETTER_INCHES))))


def draw_legend(
    axes: Axes, card: Card, handles: Sequence[Artist], *, columns: int
) -> None:
    """The labels of `handles`, from the lower left corner of the card."""
    page = card.page
    axes.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(
            (card.left + 0.08) / WIDTH_INCHES,
            1 - (card.top + card.height - 0.06) / page.height,
        ),
        bbox_transform=page.figure.transFigure,
        ncols=columns,
        **_LOOK,
    )
