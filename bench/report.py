"""Medians over the rounds, as a table for people and as JSON."""

import os
import platform
from statistics import median
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from bench.rounds import CASES, Shape, Turn

_COLUMNS = ("per_second", "cpu_microseconds", "database_microseconds")
_LATENCIES = ("p50_seconds", "p95_seconds")
NOISY_SHARE = 0.15
"""Foreign use of a core from which on the figures should not be quoted."""


def summarise(turns: list[Turn], *, ceiling: str) -> list[dict[str, Any]]:
    """One row a case and subject; ratios are medians of per-round ratios."""
    rows = []
    for case in CASES:
        for name in sorted({turn.subject for turn in turns}):
            own = select(turns, case, name)
            base = select(turns, case, ceiling)
            row: dict[str, Any] = {"case": case, "subject": name}
            for column in (*_COLUMNS, *_LATENCIES, "foreign_share"):
                row[column] = median(getattr(turn, column) for turn in own)
            for column in _COLUMNS[:2]:
                row[f"{column}_ratio"] = median(
                    getattr(mine, column) / getattr(theirs, column)
                    for mine, theirs in zip(own, base, strict=True)
                )
            rows.append(row)
    return rows


def select(turns: list[Turn], case: str, name: str) -> list[Turn]:
    """The turns of one subject in one case, by round."""
    chosen = [turn for turn in turns if (turn.case, turn.subject) == (case, name)]
    return sorted(chosen, key=lambda turn: turn.round)


def describe(
    turns: list[Turn], rows: list[dict[str, Any]], shape: Shape
) -> dict[str, Any]:
    """Everything that somebody needs to weigh the numbers."""
    return {
        "schema": 1,
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "shape": msgspec.to_builtins(shape),
        "summary": rows,
        "turns": msgspec.to_builtins(turns),
    }


def show(console: Console, rows: list[dict[str, Any]]) -> None:
    """A Markdown table; `foreign` is what other programs took of one core."""
    table = Table(
        "case",
        "subject",
        "req/s",
        "ratio",
        "CPU µs",
        "ratio",
        "DB µs",
        "p95 ms",
        "foreign",
        box=box.MARKDOWN,
        pad_edge=False,
    )
    for row in rows:
        table.add_row(row["case"], row["subject"], *cells(row))
    console.print(table)
    if any(row["foreign_share"] > NOISY_SHARE for row in rows):
        console.print(
            f"Others used more than {NOISY_SHARE:.0%} of a core meanwhile: trust the"
            " processor time and the ratios, not the rates and latencies."
        )


def cells(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['per_second']:.0f}",
        f"{row['per_second_ratio']:.2f}",
        f"{row['cpu_microseconds']:.0f}",
        f"{row['cpu_microseconds_ratio']:.2f}",
        f"{row['database_microseconds']:.0f}",
        f"{row['p95_seconds'] * 1000:.1f}",
        f"{row['foreign_share']:.0%}",
    ]
