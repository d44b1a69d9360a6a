"""`python -m targets`: targets and proofs; `python -m targets lint`: conflicts."""

import sys
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.table import Table
from rich.text import Text

from targets.catalog import Targets
from targets.lint import review
from targets.loading import TargetsUnreadable, locate, parse
from targets.matrix import matrix_rows

_NARROWEST = 150

app = App(name="python -m targets", help="What is promised and what proves it.")


@app.default
def matrix(file: Path | None = None) -> int:
    """Print every target with its value, source and proofs.

    Parameters
    ----------
    file:
        Another targets file than the platform's own.
    """
    targets = _read(file)
    if targets is None:
        return 2
    rows = matrix_rows(targets)
    table = Table(box=None)
    for name in ("target", "what", "promised", "source", "proved by"):
        table.add_column(name, no_wrap=name in {"target", "promised", "source"})
    for row in rows:
        table.add_row(*map(Text, row))
    later = sum(row[-1].startswith("later") for row in rows)
    console = _console()
    console.print(table)
    console.print(
        f"{len(rows)} targets: {len(rows) - later} proved here, {later} later"
    )
    return 0


@app.command
def lint(file: Path | None = None) -> int:
    """Find targets that contradict each other; exit 1 when one is not resolved.

    Parameters
    ----------
    file:
        Another targets file than the platform's own.
    """
    targets = _read(file)
    if targets is None:
        return 2
    found = review(targets)
    table = Table("state", "answer under [resolution]", "says", box=None)
    for finding in found.answered:
        says = f"{finding.says}\n→ {targets.resolution[finding.name]}"
        table.add_row("resolved", Text(finding.name), Text(says))
    for finding in found.unanswered:
        table.add_row("CONFLICT", Text(finding.name), Text(finding.says))
    for name in found.stale:
        table.add_row("STALE", Text(name), "answers nothing that is found")
    console = _console()
    console.print(table)
    console.print(
        f"{len(found.unanswered)} open, {len(found.answered)} resolved, "
        f"{len(found.stale)} stale"
    )
    return 0 if found.passes else 1


def _read(file: Path | None) -> Targets | None:
    try:
        return parse((file or locate()).read_text(encoding="utf-8"))
    except (OSError, TargetsUnreadable) as wrong:
        Console(stderr=True, soft_wrap=True, highlight=False).print(Text(str(wrong)))
        return None


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    return console


if __name__ == "__main__":
    sys.exit(app())
