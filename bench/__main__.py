"""`python -m bench`: comparison with peers, endurance, and behaviour at size."""

import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
import httpx
from cyclopts import App, Parameter
from rich.console import Console

from bench.exchange import RunAborted
from bench.judging import timestamp
from bench.page import write_page
from bench.report import show
from bench.run_options import RunOptions
from bench.services import ServiceMissing
from bench.suites import SUITES, Run, give_up
from exchange.folders import results_folder
from exchange.outcomes import Outcome, OutcomeUnreadable, read_outcome, write_outcome
from targets.verdict import exit_code, worst

USAGE_OR_CRASH = 2
INTERRUPTED = 130

Name = Literal["all", "api", "jobs", "size", "endurance"]

app = App(
    name="python -m bench",
    help="Measure this machine's figures side by side, and judge them by targets.toml.",
)


@app.command
def run(
    suite: Annotated[Name, Parameter(help="Which suite.")] = "all",
    *,
    quick: bool = False,
    out: Path | None = None,
    seed: int = 1,
) -> int:
    """Run one suite, or all of them; stop everything it starts at the end.

    Exit status: 0 when every goal was met, 1 when one was missed, 2 when it could not
    run, 4 when the run is invalid: a wrong answer, a noisy machine, a late generator.

    Parameters
    ----------
    quick
        Fewer and shorter rounds; the figures are not for publication.
    out
        The file for the outcome of a single suite; by default
        results/bench/SUITE.json in the state folder.
    seed
        The seed of the random generator.
    """
    console = Console()
    names = list(SUITES) if suite == "all" else [suite]
    if out is not None and len(names) > 1:
        console.print("--out is for a single suite")
        return USAGE_OR_CRASH
    outcomes = []
    for name in names:
        outcome = carry_out(name, SUITES[name], console, quick=quick, seed=seed)
        show(console, outcome)
        file = out or results_folder() / "bench" / f"{name}.json"
        write_outcome(outcome, file)
        console.print(f"written to {file}", markup=False, soft_wrap=True)
        outcomes.append(outcome)
    return exit_code(worst(one.verdict for one in outcomes))


@app.command
def page(
    *,
    outcomes: Annotated[tuple[Path, ...], Parameter(name="--from")] = (),
    to: Path = Path("docs"),
) -> int:
    """Write benchmarks.md and its pictures from earlier outcomes.

    Parameters
    ----------
    outcomes
        Files that `run` wrote; by default those in results/bench of the state folder.
    to
        The folder for the page.
    """
    console = Console()
    kept = [results_folder() / "bench" / f"{name}.json" for name in SUITES]
    files = outcomes or tuple(file for file in kept if file.exists())
    if not files:
        console.print("nothing was measured yet: python -m bench run")
        return USAGE_OR_CRASH
    written = write_page([read_outcome(file) for file in files], folder=to)
    console.print(f"written to {written}", markup=False, soft_wrap=True)
    return 0


def carry_out(
    name: str, suite: Run, console: Console, *, quick: bool, seed: int
) -> Outcome:
    """Run one suite in its own folder; an aborted run is invalid."""
    began = timestamp()
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder,
        console.status(f"{name}: starting") as status,
    ):
        options = RunOptions(
            quick=quick,
            folder=Path(folder),
            watch=lambda line: status.update(f"{name}: {line}"),
            seed=seed,
        )
        try:
            return suite(options)
        except RunAborted as wrong:
            return give_up(name, str(wrong), began=began)


def main() -> int:
    """Run the command; print expected failures as a sentence without a traceback."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        return int(app(exit_on_error=False, result_action="return_value") or 0)
    except cyclopts.CycloptsError:
        return USAGE_OR_CRASH
    except KeyboardInterrupt:
        return INTERRUPTED
    except (ServiceMissing, OutcomeUnreadable, httpx.HTTPError, OSError) as trouble:
        Console(stderr=True).print(f"bench: {trouble}", markup=False)
        return USAGE_OR_CRASH


if __name__ == "__main__":
    sys.exit(main())
