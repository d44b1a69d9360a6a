"""`python -m dashboards lint`."""

import json
from pathlib import Path

from rich.console import Console

from dashboards.proof.boards.lint import lint
from dashboards.proof.boards.schema import find_misfits
from dashboards.reading import read_boards
from dashboards.rendering import RENDERED


def lint_boards(folder: Path = RENDERED) -> int:
    """Check every rendered board against Grafana's schema and the lint rules."""
    console = Console(stderr=True)
    faults = [
        f"{path.name} {misfit}"
        for path in sorted(folder.glob("holdfast-*.json"))
        for misfit in find_misfits(json.loads(path.read_text(encoding="utf-8")))
    ]
    faults += lint(read_boards(folder))
    for fault in faults:
        console.print(fault, style="red", highlight=False)
    if not faults:
        console.print("every board keeps the rules")
    return 1 if faults else 0
