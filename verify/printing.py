"""The scorecard on a terminal: measured targets first, the rest grouped by command."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from targets.verdict import Verdict
from verify.progress import mark
from verify.scorecard import Line, Scorecard, group_waiting

_NARROWEST = 150


def print_scorecard(console: Console, scorecard: Scorecard, report: Path) -> None:
    """Print one line per target, then problems, counts and the path of the report."""
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    planned = [line for line in scorecard.lines if line.planned]
    others = [line for line in scorecard.lines if not line.planned]
    console.print()
    console.print(_draw_planned(planned))
    if others:
        console.print("\n[bold]Not measured in this run[/]")
        console.print(_draw_others(others))
    for problem in scorecard.problems:
        console.print(Text(f"! {problem}", "bold yellow"))
    console.print()
    console.print(_sum_up(scorecard))
    console.print(Text(f"Report: {report}"), soft_wrap=True)


def _draw_planned(lines: Sequence[Line]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("verdict", "target", "promised", "measured"):
        table.add_column(name, no_wrap=True)
    table.add_column("how")
    for line in lines:
        table.add_row(
            mark(line.verdict),
            Text(line.target),
            Text(line.promised),
            Text(line.measured),
            Text(f"{line.decided_by}: {line.detail}"),
        )
    return table


def _draw_others(lines: Sequence[Line]) -> Table:
    """Draw unmeasured targets; many of one family that need one command share a row."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(4):
        table.add_column(no_wrap=True)
    for group in group_waiting(lines):
        first = group[0]
        alone = len(group) == 1
        table.add_row(
            mark(first.verdict),
            Text(first.target if alone else f"{first.family}.*"),
            Text(first.promised if alone else f"{len(group)} targets"),
            Text(first.awaits),
        )
    return table


def _sum_up(scorecard: Scorecard) -> Text:
    text = mark(scorecard.verdict)
    counts = ", ".join(
        f"{scorecard.count(verdict)} {verdict.value.replace('_', ' ')}"
        for verdict in Verdict
    )
    return text.append(f"  {len(scorecard.lines)} targets: {counts}", style="default")
