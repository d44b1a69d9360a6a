"""A rendered board, read back from its file; keys that are missing here are ignored."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field


class Place(Struct, frozen=True):
    """Cells of a grid 24 wide."""

    x: int
    y: int
    w: int
    h: int


class Target(Struct, frozen=True, rename="camel"):
    """One query of a panel."""

    ref_id: str
    expr: str
    legend_format: str = ""
    instant: bool = False
    datasource: dict[str, str] = field(default_factory=dict)


class Step(Struct, frozen=True):
    """The colour from `value` upwards; the first step has no value."""

    color: str
    value: float | None = None


class Thresholds(Struct, frozen=True):
    mode: str = "absolute"
    steps: tuple[Step, ...] = ()


class Defaults(Struct, frozen=True, rename="camel"):
    unit: str = ""
    min: float | None = None
    max: float | None = None
    thresholds: Thresholds = Thresholds()
    mappings: tuple[dict[str, Any], ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)


class FieldConfig(Struct, frozen=True):
    defaults: Defaults = Defaults()
    overrides: tuple[dict[str, Any], ...] = ()


class Link(Struct, frozen=True):
    title: str
    url: str = ""


class Panel(Struct, frozen=True, rename="camel"):
    """A panel, or the title of a row."""

    id: int
    type: str
    title: str
    grid_pos: Place
    description: str = ""
    datasource: dict[str, str] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    field_config: FieldConfig = FieldConfig()
    links: tuple[Link, ...] = ()
    transformations: tuple[dict[str, Any], ...] = ()

    @property
    def is_row(self) -> bool:
        return self.type == "row"


class Variable(Struct, frozen=True, rename="camel"):
    name: str
    type: str
    query: str = ""
    all_value: str = ""
    include_all: bool = False


class Templating(Struct, frozen=True):
    list: tuple[Variable, ...] = ()


class Board(Struct, frozen=True):
    uid: str
    title: str
    panels: tuple[Panel, ...]
    templating: Templating = Templating()
    links: tuple[Link, ...] = ()

    @property
    def pictures(self) -> tuple[Panel, ...]:
        """Every panel that has a query."""
        return tuple(panel for panel in self.panels if not panel.is_row)


def read_boards(folder: Path) -> tuple[Board, ...]:
    """Return every board in a folder, by file name.

    Raises msgspec.MsgspecError for a file that is no board.
    """
    return tuple(
        msgspec.json.decode(path.read_bytes(), type=Board)
        for path in sorted(folder.glob("holdfast-*.json"))
    )
