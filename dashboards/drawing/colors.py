"""The colours of a page: quiet, told apart by everybody, red kept for what is bad."""

from typing import Final

PAGE: Final = "#f3f4f7"
CARD: Final = "#ffffff"
EDGE: Final = "#dfe2e8"
GRID: Final = "#eceef2"
INK: Final = "#1f2733"
FAINT: Final = "#6b7480"
LINK: Final = "#2f6fde"
RED: Final = "#d43f3a"
GREEN: Final = "#23854a"
AMBER: Final = "#b7791f"

SERIES: Final = (
    "#2f6fde",
    "#e08a1e",
    "#2a9d6e",
    "#8b5cc7",
    "#12a0b8",
    "#b04a85",
    "#7a8b2c",
    "#5b6b7f",
    "#8fb4f2",
    "#f0bf7a",
    "#8fd0b4",
    "#c5aee6",
)
NAMED: Final = {
    "green": "#2a9d6e",
    "red": RED,
    "blue": "#8fb4f2",
    "purple": "#8b5cc7",
}
"""Grafana's colour names as we draw them."""


def colors_for(names: list[str]) -> dict[str, str]:
    """One colour for each name, in the order of the names: the same on every page."""
    ordered = sorted(set(names))
    return {name: SERIES[i % len(SERIES)] for i, name in enumerate(ordered)}
