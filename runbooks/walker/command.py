"""`python -m runbooks`: list the pages, read one, or walk through it."""

import sys
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

import targets
from runbooks.walker.metrics import (
    NOTHING,
    MetricsUnavailable,
    find_prometheus,
    run_query,
)
from runbooks.walker.modes import WalkOptions, print_plan, probe_page, walk_page
from runbooks.walker.pages import (
    PageMissing,
    PageUnreadable,
    find_page,
    page_paths,
    read_page,
    readable,
)
from runbooks.walker.placeholders import ParameterMissing, ParameterRefused

_USAGE: Final = 2
_REFUSALS: Final = (PageMissing, PageUnreadable, ParameterMissing, ParameterRefused)

app = App(
    name="runbooks",
    help="What to do when an alert fires.",
    default_parameter=Parameter(negative=()),
)
console = Console(highlight=False)
Settings = Annotated[tuple[str, ...], Parameter(name="--set")]


@app.default
def open_page(
    page: str | None = None,
    *,
    yes: bool = False,
    json: bool = False,
    dry_run: bool = False,
    set_: Settings = (),
) -> int:
    """List every page, or walk through the named one (as `run` does).

    Parameters
    ----------
    page
        The page's id, or the name of an alert that leads to it.
    """
    if page is not None:
        return run(page, yes=yes, json=json, dry_run=dry_run, set_=set_)
    table = Table("page", "severity", "alerts", box=None, pad_edge=False)
    for path in page_paths():
        front = read_page(path, targets.load()).front
        table.add_row(front.id, front.severity, ", ".join(front.alerts))
    console.print(table)
    return 0


@app.command
def show(page: str) -> int:
    """Print one page with its numbers from targets.toml.

    Parameters
    ----------
    page
        The page's id, or the name of an alert that leads to it.
    """
    console.print(Markdown(readable(find_page(page, targets.load()).body)))
    return 0


@app.command
def run(
    page: str,
    *,
    yes: bool = False,
    json: bool = False,
    dry_run: bool = False,
    set_: Settings = (),
) -> int:
    """Walk through a page: run each block, ask before each change, follow branches.

    Exit codes: 0 recovered, 1 not recovered, 2 it could not be run, 130 interrupted.

    Parameters
    ----------
    page
        The page's id, or the name of an alert that leads to it.
    yes
        Ask nothing; a decision for a person ends the walk.
    json
        Print the commands and their output as JSON; implies --yes.
    dry_run
        Print the commands of the page and run none.
    set_
        The value of a placeholder, like `--set INSTANCE=api-1`.
    """
    found = find_page(page, targets.load())
    if dry_run:
        print_plan(found, set_, console)
        return 0
    return walk_page(
        found, WalkOptions(yes=yes or json, json=json, given=set_), console
    )


@app.command
def probe(page: str, *, set_: Settings = ()) -> int:
    """Run each check of the page once and print the results as JSON; change nothing.

    Parameters
    ----------
    page
        The page's id, or the name of an alert that leads to it.
    set_
        The value of a placeholder, like `--set INSTANCE=api-1`.
    """
    result = probe_page(find_page(page, targets.load()), set_)
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    return 0


@app.command(name="query")
def query_prometheus(query: str) -> int:
    """Query the platform's Prometheus: one line a series, `nothing` when there is none.

    Parameters
    ----------
    query
        PromQL, as the alert rules use it.
    """
    try:
        lines = run_query(find_prometheus(), query)
    except MetricsUnavailable as unavailable:
        console.print(Text(str(unavailable)), soft_wrap=True)
        return 1
    for line in lines or [NOTHING]:
        console.print(Text(line), soft_wrap=True)
    return 0


def main() -> int:
    """Run the command line; print a refusal as one line."""
    try:
        return int(app(result_action="return_value") or 0)
    except _REFUSALS as refusal:
        Console(stderr=True).print(Text(str(refusal)), soft_wrap=True)
        return _USAGE
