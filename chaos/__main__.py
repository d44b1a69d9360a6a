"""`python -m chaos`: break the running platform on purpose and judge what it does."""

import sys
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table

from chaos.api_client import Refused, Unanswered
from chaos.drills.alerts import find_sources
from chaos.drills.catalog import DRILLS
from chaos.drills.drill import Drill
from chaos.drills.pages import RunbookPages
from chaos.drills.predictions import PredictionMissing, read_prediction
from chaos.drills.runner import run_drill
from chaos.environments.cluster.api import ApiRefused
from chaos.environments.cluster.child import ChildFailed
from chaos.environments.cluster.published import load_cluster
from chaos.environments.environment import (
    Environment,
    EnvironmentUnsuitable,
    FaultTargetMissing,
    PlatformMissing,
)
from chaos.environments.kubernetes import KubernetesEnvironment
from chaos.environments.local import CommandFailed, LocalEnvironment
from chaos.experiments import experiments_on
from chaos.faults.nodes import CommandFailed as NodeCommandFailed
from chaos.interruption import Interrupted, run_undoing
from chaos.run_context import Kind, Place, PlatformExperiment
from chaos.runner import run_experiment
from chaos.screen import Screen, show_ending
from exchange.folders import cluster_platform_file, state_folder
from exchange.outcomes import Outcome
from targets import load
from targets.verdict import exit_code

CRASHED = 2
INTERRUPTED = 130
_GRAVEST = (INTERRUPTED, CRASHED, 1, 4)
_KINDS: dict[Place, Kind] = {"local": "chaos", "kubernetes": "cluster"}
_CHECKOUT = Path(__file__).parents[1]
_REFUSALS = (
    ApiRefused,
    ChildFailed,
    CommandFailed,
    EnvironmentUnsuitable,
    NodeCommandFailed,
    PlatformMissing,
    PredictionMissing,
    Refused,
    Unanswered,
    FaultTargetMissing,
)

app = App(
    name="chaos",
    help="Break the running platform on purpose and judge what it does about it.",
)
console = Console(highlight=False)


@app.command(name="list")
def list_experiments(*, on: Place = "local") -> None:
    """Show every experiment and the promises that it judges.

    Parameters
    ----------
    on
        Where it would be played.
    """
    proven = load().all()
    table = Table("experiment and what breaks", "what it judges")
    for name, experiment in experiments_on(on).items():
        source = f"{_KINDS[on]}:{name}"
        judged = [full for full, t in proven.items() if source in t.proof]
        table.add_row(
            f"[bold]{name}[/]\n{experiment.title}", "\n".join(judged), end_section=True
        )
    console.print(table)


@app.command
def run(
    name: str,
    *,
    on: Place = "local",
    out: Annotated[Path | None, Parameter("--out")] = None,
) -> int:
    """Run one experiment against the platform that is up.

    Exit codes: 0 met, 1 missed, 2 it could not be run, 4 invalid, 130 interrupted.

    Parameters
    ----------
    name
        One of `chaos list`.
    on
        The platform on this machine, or the one that `python -m lab.cluster` published.
    out
        Where the outcome goes, as JSON; the ledger's journal is put beside it.
    """
    known = experiments_on(on)
    if name not in known:
        where = "" if on == "local" else f" on {on}"
        more = "" if on == "local" else f" --on {on}"
        words = f"there is no experiment {name!r}{where}; see `python -m chaos list"
        console.print(f"{words}{more}`")
        return CRASHED
    home = state_folder()
    kind = _KINDS[on]
    target = out or home / "results" / "latest-manual" / f"{kind}-{name}.json"
    return _conclude(_run(replace(known[name], kind=kind), on, home, target), target)


@app.command
def drill(name: str, *, out: Annotated[Path | None, Parameter("--out")] = None) -> int:
    """Kill a component, wait for its alert, follow its runbook page, see it resolve.

    Exit codes: 0 met, 1 missed, 2 it could not be run, 4 invalid, 130 interrupted.

    Parameters
    ----------
    name
        A fault, or `all` for one after the other.
    out
        Where the outcome goes, as JSON; of `all`, the folder for their outcomes.
    """
    if name not in {*DRILLS, "all"}:
        known = ", ".join((*DRILLS, "all"))
        console.print(f"there is no drill {name!r}; there are {known}")
        return CRASHED
    home = state_folder()
    manual = home / "results" / "latest-manual"
    if name != "all":
        target = out or manual / f"drill-{name}.json"
        return _conclude(_drill(DRILLS[name], home, target), target)
    codes = []
    for each in DRILLS.values():
        target = (out or manual) / f"drill-{each.name}.json"
        codes.append(_conclude(_drill(each, home, target), target))
        if codes[-1] == INTERRUPTED:
            break
    return next((code for code in _GRAVEST if code in codes), 0)


def _conclude(playing: Coroutine[Any, Any, Outcome], target: Path) -> int:
    """Run the experiment or drill, show the outcome, return the exit code."""
    try:
        outcome = run_undoing(playing)
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


async def _drill(drill: Drill, home: Path, out: Path) -> Outcome:
    prediction = read_prediction(drill.alert)
    predicted = prediction.seconds_after_total_failure
    awaited = f" · {drill.alert} is predicted within {predicted:g} s"
    screen = Screen(console, drill.title, lambda: awaited)
    with screen.shown():
        return await run_drill(
            drill,
            LocalEnvironment.load(home / "state"),
            load(),
            sources=find_sources(home / "state"),
            prediction=prediction,
            pages=RunbookPages(home),
            out=out,
            listener=screen,
        )


async def _run(
    experiment: PlatformExperiment, on: Place, home: Path, out: Path
) -> Outcome:
    screen = Screen(console, experiment.title)
    with screen.shown():
        async with _enter(on, home) as environment:
            return await run_experiment(
                experiment, environment, load(), out=out, listener=screen
            )


def _enter(on: Place, home: Path) -> AbstractAsyncContextManager[Environment]:
    """Open the environment to experiment on; raises PlatformMissing."""
    if on == "local":
        return nullcontext(LocalEnvironment.load(home / "state"))
    published = load_cluster(cluster_platform_file())
    return KubernetesEnvironment(published)


def main() -> int:
    """Parse the command line; any error in it exits with CRASHED."""
    try:
        return int(app(exit_on_error=False, result_action="return_value") or 0)
    except CycloptsError:
        return CRASHED


if __name__ == "__main__":
    sys.exit(main())
