"""Development commands: run a command with a program's settings, reload on change."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from watchfiles import PythonFilter, watch

from local.lifecycle import bring_up, make_plan
from local.places import Places
from local.plan import Plan, load_plan
from local.program import Program
from local.readiness import NotReady
from local.restart import ProgramUnknown, restart_program
from local.services import service_programs
from local.settings import CHECKOUT, port_base, state_root

#: The kinds of programs that run the code of a package.
RUNS: dict[str, frozenset[str]] = {
    "api": frozenset({"api", "worker", "relay", "scheduler"}),
    "targets": frozenset({"api", "worker", "relay", "scheduler"}),
    "workers": frozenset({"worker", "relay", "scheduler"}),
}
RESTART_SECONDS = 30.0

console = Console()


def run(
    name: str, *command: Annotated[str, Parameter(allow_leading_hyphen=True)]
) -> None:
    """Run a command with the settings of one program of the running platform.

    Parameters
    ----------
    name
        The program whose settings are used, for example `worker-1`.
    command
        What to run, after `--`.
    """
    places = Places(state_root())
    programs = {one.name: one for one in running_services(places)}
    if name not in programs:
        raise ProgramUnknown(name, list(programs))
    environment = {**os.environ, **programs[name].environment}
    os.execvpe(command[0], list(command), environment)  # noqa: S606 - no shell


def dev() -> None:
    """Run the platform and restart the programs whose code changes; Ctrl-C ends it.

    The platform goes on running afterwards; `down` stops it.
    """
    places = Places(state_root())
    if load_plan(places) is None:
        plan = make_plan(
            port_base=port_base(), asynchronous=False, sweeping=True, places=places
        )
        bring_up(
            places,
            plan,
            timeout_seconds=120,
            report=lambda name, seconds: console.print(f"{seconds:6.1f} s  {name}"),
            say=console.print,
        )
    rooms = [CHECKOUT / room for room in RUNS]
    console.print("watching " + ", ".join(RUNS) + "; Ctrl-C ends the watch")
    for changes in watch(*rooms, watch_filter=PythonFilter(), raise_interrupt=False):
        reload_programs(places, {Path(path) for _, path in changes})


def reload_programs(places: Places, changed: set[Path]) -> None:
    """Restart every program that runs a changed file, one after the other."""
    kinds = kinds_running(changed)
    console.print("changed: " + ", ".join(sorted(path.name for path in changed)))
    for program in running_services(places):
        if program.kind not in kinds:
            continue
        try:
            restart_program(places, program.name, {}, timeout_seconds=RESTART_SECONDS)
        except NotReady as failed:
            console.print(failed.tail, style="dim", markup=False)
            console.print(str(failed), style="red", markup=False)
        else:
            console.print(f"  {program.name} runs the new code")


def kinds_running(changed: set[Path]) -> frozenset[str]:
    """Return the kinds of programs that run one of the files."""
    rooms = {path.relative_to(CHECKOUT).parts[0] for path in changed}
    return frozenset().union(*(RUNS[room] for room in rooms if room in RUNS))


def running_services(places: Places) -> list[Program]:
    """Return our own programs of the running platform; empty when it is down."""
    plan: Plan | None = load_plan(places)
    return [] if plan is None else service_programs(places, plan)
