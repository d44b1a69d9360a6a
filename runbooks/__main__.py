"""`python -m runbooks` lists the pages; `python -m runbooks show ID` prints one."""

import sys

from cyclopts import App
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

import targets
from runbooks.pages import FOLDER, page_paths, read_page, readable

app = App(name="runbooks", help="What to do when an alert fires.")
console = Console()


@app.default
def list_pages() -> None:
    """List every page with the alerts that lead to it."""
    table = Table("page", "severity", "alerts", box=None, pad_edge=False)
    for path in page_paths():
        front = read_page(path, targets.load()).front
        table.add_row(front.id, front.severity, ", ".join(front.alerts))
    console.print(table)


@app.command
def show(page: str) -> None:
    """Print one page, its numbers filled in from targets.toml.

    Parameters
    ----------
    page
        The page's id, or the name of an alert that leads to it.
    """
    for path in page_paths(FOLDER):
        found = read_page(path, targets.load())
        if page == found.front.id or page in found.front.alerts:
            console.print(Markdown(readable(found.body)))
            return
    console.print(f"no page or alert is called {page}; `python -m runbooks` lists them")
    sys.exit(2)


if __name__ == "__main__":
    app()
