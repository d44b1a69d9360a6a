"""`python -m chaos`: break the running platform on purpose and judge what it does."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table

from chaos.door import Refused, Unanswered
from chaos.environments.environment import PlatformMissing, VictimMissing
from chaos.environments.local import CommandFailed, LocalEnvironment
from chaos.experiments import EXPERIMENTS
from chaos.interruption import Interrupted, run_undoing
from chaos.play import play
from chaos.screen import Screen, show_ending
from chaos.stage import PlatformExperiment
from targets import load
from targets.verdict import Outcome, exit_code

CRASHED = 2
INTERRUPTED = 130
_CHECKOUT = Path(__file__).parents[1]
_REFUSALS = (
    CommandFailed,
    PlatformMissing,
    Refused,
    Unanswered,
    VictimMissing,
)

app = App(
    name="chaos",
    help="Break the running platform on purpose and judge what it does about it.",
)
console = Console(highlight=False)


@app.command(name="list")
def list_experiments() -> None:
    """Show every experiment and the promises that it judges."""
    proven = load().all()
    table = Table("experiment and what breaks", "what it judges")
    for name, experiment in EXPERIMENTS.items():
        judged = [full for full, t in proven.items() if f"chaos:{name}" in t.proof]
        table.add_row(
            f"[bold]{name}[/]\n{experiment.title}", "\n".join(judged), end_section=True
        )
    console.print(table)


@app.command
def run(name: str, *, out: Annotated[Path | None, Parameter("--out")] = None) -> int:
    """Run one experiment against the platform that is up.

    Exit codes: 0 met, 1 missed, 2 it could not be run, 4 invalid, 130 interrupted.

    Parameters
    ----------
    name
        One of `chaos list`.
    out
        Where the outcome goes, as JSON; the ledger's journal is put beside it.
    """
    if name not in EXPERIMENTS:
        console.print(f"there is no experiment {name!r}; see `python -m chaos list`")
        return CRASHED
    home = Path(os.environ.get("HOLDFAST_STATE", _CHECKOUT / ".holdfast"))
    target = out or home / "results" / "latest-manual" / f"chaos-{name}.json"
    try:
        outcome = run_undoing(_run(EXPERIMENTS[name], home / "state", target))
    except _REFUSALS as refusal:
        console.print(f"[red]{type(refusal).__name__}:[/] {refusal}")
        return CRASHED
    except (Interrupted, KeyboardInterrupt):
        console.print("interrupted; the fault is undone")
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the shell must not read a crash as "missed"
        console.print_exception()
        return CRASHED
    show_ending(console, outcome, load())
    console.print(f"[dim]{target}[/]")
    return exit_code(outcome.verdict)


async def _run(experiment: PlatformExperiment, state: Path, out: Path) -> Outcome:
    screen = Screen(console, experiment.title)
    with screen.shown():
        return await play(
            experiment,
            LocalEnvironment.load(state),
            load(),
            out=out,
            audience=screen,
        )


def main() -> int:
    """Read the command line; whatever is wrong with it ends with CRASHED."""
    try:
        return int(app(exit_on_error=False, result_action="return_value") or 0)
    except CycloptsError:
        return CRASHED


if __name__ == "__main__":
    sys.exit(main())
