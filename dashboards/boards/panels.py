"""What a board is made of, in our own words; `building` turns it into Grafana's."""

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
    """One PromQL query; its legend names the labels to show, or a table's column."""

    expr: str
    legend: str
    unit: str = ""
    """Only where it differs from the panel's."""


class Line(Struct, frozen=True, kw_only=True):
    """A promised number, drawn dashed; on its wrong side the panel is red."""

    value: float
    title: str
    at_least: bool = False


class State(Struct, frozen=True, kw_only=True):
    """How one number of a state timeline is called and coloured."""

    name: str
    color: str


class Panel(Struct, frozen=True, kw_only=True):
    """One picture: what it shows, what it means when it looks bad, where to read on."""

    title: str
    description: str
    runbook: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    line: Line | None = None
    stacked: bool = False
    bounded: bool = False
    """A share of a whole: the axis goes from 0 to 1."""
    keys: tuple[str, ...] = ()
    """Labels that a table shows, the first of which joins its queries."""
    states: Mapping[int, State] | None = None
    width: int = 12
    height: int = 8


class Row(Struct, frozen=True, kw_only=True):
    """A question, and the panels that answer it; they flow from left to right."""

    title: str
    panels: tuple[Panel, ...]


class Variable(Struct, frozen=True, kw_only=True):
    """A choice of the reader; without a choice `everything` is the matcher's value."""

    name: str
    label: str
    query: str
    everything: str


class Board(Struct, frozen=True, kw_only=True):
    """A dashboard: rows in reading order, what users feel first."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()


def target_line(targets: Targets, target: str) -> Line:
    """The line of a target, titled as people read it, like `slo.latency p95 ≤ 2 s`."""
    found = targets.find(target)
    return Line(
        value=found.value,
        title=f"{target} {promise_text(found)}",
        at_least=found.comparison == "at_least",
    )


def size_unit(targets: Targets, target: str) -> str:
    """The unit in which a size was promised: powers of ten, or of two."""
    size = targets.find(target).promised
    return BINARY_BYTES if isinstance(size, Bytes) and "iB" in size.text else BYTES
