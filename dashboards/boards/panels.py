"""The parts of a board, independent of Grafana; `building` converts them."""

from collections.abc import Mapping
from typing import Final, Literal

from grafana_foundation_sdk.models import units
from msgspec import Struct

from targets import Bytes, Targets
from targets.matrix import promise_text

Kind = Literal["timeseries", "stat", "table", "statetimeline", "heatmap"]
COLUMNS: Final = 24

SHARE: Final = units.PercentUnit
SECONDS: Final = units.Seconds
BYTES: Final = units.BytesSI
BINARY_BYTES: Final = units.BytesIEC
BYTES_PER_SECOND: Final = units.BytesPerSecondSI
REQUESTS: Final = units.RequestsPerSecond
OPERATIONS: Final = units.OpsPerSecond
COUNT: Final = units.Short


class Query(Struct, frozen=True, kw_only=True):
    """One PromQL query; its legend names labels, or the column of a table."""

    expr: str
    legend: str
    unit: str = ""
    """Set only where it differs from the panel's."""


class Line(Struct, frozen=True, kw_only=True):
    """A target, drawn as a dashed line; on its wrong side the panel is red."""

    value: float
    title: str
    at_least: bool = False


class State(Struct, frozen=True, kw_only=True):
    """The name and colour of one number in a state timeline."""

    name: str
    color: str


class Panel(Struct, frozen=True, kw_only=True):
    """One panel: its queries, a description of a bad picture, and a runbook page."""

    title: str
    description: str
    runbook: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    line: Line | None = None
    stacked: bool = False
    bounded: bool = False
    """Whether the values are shares: the axis goes from 0 to 1."""
    keys: tuple[str, ...] = ()
    """Labels that a table shows; the first joins its queries."""
    states: Mapping[int, State] | None = None
    width: int = 12
    height: int = 8


class Row(Struct, frozen=True, kw_only=True):
    """A title and the panels below it, placed from left to right."""

    title: str
    panels: tuple[Panel, ...]


class Variable(Struct, frozen=True, kw_only=True):
    """A variable of the board; without a choice `everything` is the matcher's value."""

    name: str
    label: str
    query: str
    everything: str


class Board(Struct, frozen=True, kw_only=True):
    """A dashboard: rows in reading order, the effect on users first."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()


def target_line(targets: Targets, target: str) -> Line:
    """Return the line of a target, with a title like `slo.latency p95 ≤ 2 s`."""
    found = targets.find(target)
    return Line(
        value=found.value,
        title=f"{target} {promise_text(found)}",
        at_least=found.comparison == "at_least",
    )


def size_unit(targets: Targets, target: str) -> str:
    """Return the unit of a size target: powers of ten, or of two."""
    size = targets.find(target).promised
    return BINARY_BYTES if isinstance(size, Bytes) and "iB" in size.text else BYTES
