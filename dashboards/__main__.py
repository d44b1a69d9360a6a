"""`python -m dashboards render` writes rules and dashboards; `check` compares them."""

import sys
from pathlib import Path

from cyclopts import App
from rich.console import Console

import targets
from dashboards.proof.boards.command import prove_boards
from dashboards.proof.boards.lint_command import lint_boards
from dashboards.proof.rules.command import prove_rules
from dashboards.rendering import RENDERED, render, stale, write

app = App(name="dashboards", help="Rules and dashboards, rendered from targets.toml.")
prove = App(
    name="prove", help="Prove rules and boards; exit 0 met, 1 missed, 4 invalid."
)
app.command(prove)
# By name: only this command imports matplotlib, which takes a second.
app.command(
    "dashboards.drawing.command:draw_boards",
    name="draw",
    help="Draw a plain picture of each board from live metrics.",
)
app.command(lint_boards, name="lint")
prove.command(prove_boards, name="boards")
prove.command(prove_rules, name="rules")
console = Console()


@app.command(name="render")
def render_files(folder: Path = RENDERED) -> None:
    """Write every rule file and dashboard."""
    files = render(targets.load())
    write(files, folder)
    for name in files:
        console.print(f"rendered {name}")


@app.command
def check(folder: Path = RENDERED) -> None:
    """Fail when a committed file differs from what would be rendered."""
    names = stale(render(targets.load()), folder)
    for name in names:
        console.print(f"{name} is stale; run ./task dashboards and commit the result")
    if names:
        sys.exit(1)
    console.print("rendered files are fresh")


if __name__ == "__main__":
    app()
