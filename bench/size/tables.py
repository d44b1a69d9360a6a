"""The findings as tables and plots, with a column per size."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bench.size.findings import Findings
from bench.size.questions import QUESTIONS
from bench.size.reading import ROW

_PLOTTED = ("first page", "cursor at 90 %", "rare actor", ROW)
_WRITTEN = {
    "database (µs)": "database_microseconds",
    "API (µs)": "api_microseconds",
    "log (bytes)": "log_bytes",
}
Figure = Callable[[Findings], float]
Cell = Callable[[Findings], str]


def draw_tables(found: list[Findings]) -> list[dict[str, Any]]:
    """Draw each cost by the size of the table."""
    names = [*(one.name for one in QUESTIONS), ROW]
    return [
        table(
            "Event list: processor time of the database (µs) / pages touched",
            found,
            {name: partial(read_cell, name) for name in names},
            "Where two filters meet no single index holds the answer; shown, not"
            " judged.",
        ),
        table(
            "Event list through the API: p50 / p95 (ms)",
            found,
            {name: partial(latency_cell, name) for name in names},
            "",
        ),
        table("Batch write, for one event", found, write_cells(found), ""),
        table("Workers", found, work_cells(found), ""),
        table("On disk", found, size_cells(), ""),
    ]


def table(
    title: str,
    found: list[Findings],
    cells: dict[str, Cell],
    note: str,
) -> dict[str, Any]:
    """Draw one table with a column per size."""
    return {
        "title": title,
        "columns": ["", *(f"{one.events:,} events" for one in found)],
        "rows": [[name, *(cell(one) for one in found)] for name, cell in cells.items()],
        "note": note,
    }


def read_cell(name: str, one: Findings) -> str:
    cost = one.reads[name]
    pages = "" if cost.plan is None else f" / {cost.plan.buffers}"
    return f"{cost.database_microseconds:.0f}{pages}"


def latency_cell(name: str, one: Findings) -> str:
    cost = one.reads[name]
    return f"{cost.p50_seconds * 1000:.1f} / {cost.p95_seconds * 1000:.1f}"


def write_cells(found: list[Findings]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for size in found[0].writes:
        for name, figure in _WRITTEN.items():
            cells[f"batches of {size}: {name}"] = partial(write_cell, size, figure)
    return cells


def write_cell(size: int, figure: str, one: Findings) -> str:
    return f"{getattr(one.writes[size], figure):.0f}"


def work_cells(found: list[Findings]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        "roll-up: events": lambda one: f"{one.rolled.amount:,}",
        "roll-up: an event (µs)": lambda one: f"{one.rolled.microseconds_each:.2f}",
        "roll-up: longest job (ms)": lambda one: milliseconds(
            max(one.rolled.wall_seconds)
        ),
    }
    for days in found[0].reports:
        name = f"report of {days} day{'s' if days > 1 else ''}: events / µs each / s"
        cells[name] = partial(report_cell, days)
    return cells | {
        "retiring a month: jobs": lambda one: (
            f"{len(one.retired.clearing.wall_seconds)}"
        ),
        "retiring a month: longest job (ms)": lambda one: milliseconds(
            max(one.retired.clearing.wall_seconds)
        ),
        "retiring a month: the job that drops it (ms)": lambda one: milliseconds(
            one.retired.drop_seconds
        ),
        "a reader's longest wait meanwhile (ms)": lambda one: milliseconds(
            one.retired.reader_waited_seconds
        ),
    }


def report_cell(days: int, one: Findings) -> str:
    built = one.reports[days]
    each = f"{built.microseconds_each:.2f}"
    return f"{built.amount:,} / {each} / {built.wall_seconds[0]:.2f}"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def size_cells() -> dict[str, Cell]:
    return {
        "database (GB)": lambda one: f"{one.sizes.database_bytes / 1e9:.2f}",
        "rows of events (GB)": lambda one: f"{one.sizes.row_bytes / 1e9:.2f}",
        "their indexes (GB)": lambda one: f"{one.sizes.index_bytes / 1e9:.2f}",
        "their keys (GB)": lambda one: f"{one.sizes.key_bytes / 1e9:.2f}",
        "filled in within (s)": lambda one: f"{one.fill_seconds:.0f}",
    }


def draw_plots(found: list[Findings]) -> list[dict[str, Any]]:
    """Draw lines over the number of events; both axes are logarithmic."""
    read: dict[str, Figure] = {name: partial(read_cost, name) for name in _PLOTTED}
    store: dict[str, Figure] = {
        f"batches of {size}": partial(write_cost, size) for size in found[0].writes
    }
    count: dict[str, Figure] = {
        "roll-up": lambda one: one.rolled.microseconds_each,
        "report of 90 days": lambda one: one.reports[90].microseconds_each,
    }
    return [
        plot("A page of the event list", "database, µs a page", found, read),
        plot("Batch write", "API and database, µs an event", found, store),
        plot("Roll-up and report", "database, µs an event", found, count),
    ]


def read_cost(name: str, one: Findings) -> float:
    return one.reads[name].database_microseconds


def write_cost(size: int, one: Findings) -> float:
    return one.writes[size].both_microseconds


def plot(
    title: str, y: str, found: list[Findings], lines: dict[str, Figure]
) -> dict[str, Any]:
    """Draw one picture; each line is a name and its points."""
    return {
        "title": title,
        "x": "events",
        "y": y,
        "log": True,
        "lines": [
            {"name": name, "points": [[one.events, figure(one)] for one in found]}
            for name, figure in lines.items()
        ],
    }
