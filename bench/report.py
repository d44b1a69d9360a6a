"""The results of a suite on a terminal."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

import targets
from exchange.outcomes import Measurement, Outcome
from targets.families import Target
from targets.verdict import Verdict

_NAMES = 2
"""Columns that name what a row is about are never broken."""
_COLOURS = {
    Verdict.MET: "green",
    Verdict.MISSED: "red",
    Verdict.INVALID: "yellow",
    Verdict.NOT_MEASURED: "dim",
}


def show(console: Console, outcome: Outcome) -> None:
    """Print the tables of a run, then each goal with its verdict."""
    console.print(f"\n{outcome.title}", style="bold", markup=False)
    for table in outcome.facts.get("tables", []):
        show_table(console, table)
    for why in outcome.invalid_because:
        console.print(f"invalid: {why}", style="yellow", markup=False)
    show_goals(console, outcome.measurements)


def show_table(console: Console, told: dict[str, Any]) -> None:
    """Print one table with its note."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.title, table.title_justify = told["title"], "left"
    for place, name in enumerate(told["columns"]):
        table.add_column(name, no_wrap=place < _NAMES)
    for row in told["rows"]:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    if told.get("note"):
        console.print(told["note"], style="dim", markup=False)


def show_goals(console: Console, measurements: Sequence[Measurement]) -> None:
    """Print one line for each goal, and the details of those not met."""
    table = Table("goal", "promised", "measured", "", box=box.SIMPLE_HEAD)
    for one in measurements:
        target = targets.load().find(one.target)
        table.add_row(
            Text(target.title),
            spell_goal(target),
            spell(one.value, one.unit),
            Text(one.verdict.replace("_", " "), style=_COLOURS[one.verdict]),
        )
    console.print(table)
    for one in measurements:
        if one.verdict is not Verdict.MET:
            console.print(f"{one.target}: {one.detail}", style="dim", markup=False)


def spell_goal(target: Target) -> str:
    """Format the target's number with its direction."""
    sign = "≥" if target.comparison == "at_least" else "≤"
    return f"{sign} {spell(target.value, target.unit)}"


def spell(value: float | None, unit: str) -> str:
    """Format a value in its base unit."""
    if value is None:
        return ""
    if unit == "times":
        return f"{value:.2f}×"
    if unit == "ratio":
        return f"{value:.1%}"
    if unit == "B":
        return f"{value / 2**20:.0f} MiB"
    if unit != "s":
        return f"{value:.0f}"
    return spell_seconds(value)


def spell_seconds(seconds: float) -> str:
    """Format seconds in the unit that leaves a few digits."""
    for least, factor, name in ((1.0, 1, "s"), (1e-3, 1e3, "ms"), (0.0, 1e6, "µs")):
        if seconds >= least:
            return f"{seconds * factor:.3g} {name}"
    return f"{seconds:g} s"
