"""The commands for people; each says what it does and ends with a meaning.

Exit status: 0 done, 1 the platform is not as wanted, 2 the command could not run.
"""

import signal
import sys
import time
from typing import Annotated, NoReturn

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.live import Live

from local.binaries import BinaryMissing
from local.doctor import Finding, examine
from local.extras import EXTRAS, fetch_extra, forget_lists
from local.lifecycle import (
    Outcome,
    Presence,
    RunsOtherwise,
    bring_up,
    make_plan,
    presence,
    take_down,
)
from local.logs import Follower, last_lines, logged_programs, readable
from local.places import Places
from local.plan import Plan, load_plan
from local.ports import PortsBusy
from local.readiness import NotReady
from local.restart import ProgramUnknown, restart_program
from local.settings import SettingInvalid, port_base, state_root
from local.status import read_status
from local.tables import status_view
from local.unprivileged import NamespaceUnavailable

FAILED = 1
REFUSED = 2
WATCH_SECONDS = 1.0
FOLLOW_SECONDS = 0.3
START_SECONDS = 120.0

app = App(name="local", help="Run the whole platform on this machine.")
console = Console()
errors = Console(stderr=True)


@app.command
def up(
    *,
    foreground: bool = False,
    without_sweep: bool = False,
    asynchronous: bool = False,
    timeout_seconds: float = START_SECONDS,
) -> None:
    """Start everything and return when it is ready; join what already runs.

    Parameters
    ----------
    foreground
        Stay until Ctrl-C, then take everything down.
    without_sweep
        Negative control: the relay never looks for overdue jobs.
    asynchronous
        Negative control: commits do not wait for a standby.
    timeout_seconds
        Give up, and clean up, if it is not ready by then.
    """
    places = Places(state_root())
    plan = make_plan(
        port_base=port_base(),
        asynchronous=asynchronous,
        sweeping=not without_sweep,
        places=places,
    )
    with console.status("starting") as spinner:

        def report(name: str, seconds: float) -> None:
            spinner.update(f"{name} is ready, waiting for the rest")
            console.print(f"{seconds:6.1f} s  {name}", style="dim", highlight=False)

        began = time.monotonic()
        outcome = bring_up(
            places,
            plan,
            timeout_seconds=timeout_seconds,
            report=report,
            say=console.print,
        )
    running = load_plan(places) or plan
    if outcome is Outcome.joined:
        console.print(f"already running: {running.ports.url('api')}")
    else:
        seconds = time.monotonic() - began
        console.print(f"ready after {seconds:.1f} s: {running.ports.url('api')}")
    if foreground:
        stay(places, running)


def stay(places: Places, plan: Plan) -> None:
    """Show the status until Ctrl-C or until someone else takes the platform down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        watch_status(places, plan)
    except KeyboardInterrupt:
        take_down(places, console.print)


@app.command
def down() -> None:
    """Stop everything and delete its state; results and tools stay."""
    places = Places(state_root())
    with console.status("stopping"):
        ended = take_down(places, console.print)
    console.print(f"down: {ended} processes ended, {places.state} is gone")


@app.command
def status(*, json: bool = False, watch: bool = False) -> None:
    """Show every process, its role, address, health and memory.

    Parameters
    ----------
    json
        Print the facts for programs instead.
    watch
        Refresh until Ctrl-C.
    """
    places = Places(state_root())
    if json:
        found = read_status(places)
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        sys.exit(0 if found.ready else FAILED)
    plan = load_plan(places)
    if plan is None:
        console.print("down: nothing runs here; start it with `up`")
        sys.exit(FAILED)
    if watch:
        watch_status(places, plan)
        return
    found = read_status(places)
    console.print(status_view(found, plan))
    sys.exit(0 if found.ready else FAILED)


def watch_status(places: Places, plan: Plan) -> None:
    """Refresh the status page while the platform is there."""
    with Live(console=console, screen=False, auto_refresh=False) as page:
        while presence(places) is not Presence.absent:
            page.update(status_view(read_status(places), plan), refresh=True)
            time.sleep(WATCH_SECONDS)


@app.command
def logs(
    name: str | None = None,
    *,
    follow: Annotated[bool, Parameter(alias="-f")] = False,
    lines: Annotated[int, Parameter(alias="-n")] = 40,
) -> None:
    """Print the end of one log, or of all.

    Parameters
    ----------
    name
        A program or step; all of them if left out.
    follow
        Go on with what is written, until Ctrl-C.
    lines
        How many lines of each log to begin with.
    """
    places = Places(state_root())
    known = logged_programs(places)
    if name is not None and name not in known:
        raise ProgramUnknown(name, known)
    names = [name] if name else known
    for one in names:
        for line in last_lines(places, one, lines).splitlines():
            print_line(one, line)
    followers = {one: Follower(places.logs / f"{one}.log") for one in names}
    while follow:
        for one, follower in followers.items():
            for line in follower.new_lines():
                print_line(one, line)
        time.sleep(FOLLOW_SECONDS)


def print_line(name: str, line: str) -> None:
    """Print one log line after the name of its program."""
    console.print(f"{name:12} {readable(line)}", markup=False, soft_wrap=True)


@app.command
def restart(
    name: str, *, env: list[str] | None = None, timeout_seconds: float = 60.0
) -> None:
    """Restart one program and return when it is healthy again.

    Parameters
    ----------
    name
        The program, as `status` names it.
    env
        KEY=VALUE for its environment; replaces those of an earlier restart.
    timeout_seconds
        How long it may take.
    """
    places = Places(state_root())
    pairs = [one.partition("=") for one in env or []]
    if any(not separator or not key.isidentifier() for key, separator, _ in pairs):
        refuse("--env wants KEY=VALUE")
    environment = {key: value for key, _, value in pairs}
    with console.status(f"restarting {name}"):
        now = restart_program(
            places, name, environment, timeout_seconds=timeout_seconds
        )
    console.print(f"{name} is healthy as process {now.pid}")


@app.command
def extras() -> None:
    """Fetch Prometheus and exporters from Debian's packages; install nothing."""
    places = Places(state_root())
    missing = 0
    for extra in EXTRAS.values():
        with console.status(f"fetching {extra.package}"):
            fetched = fetch_extra(places, extra)
        console.print(f"{extra.package}: {fetched.said}", highlight=False)
        missing += fetched.program is None
    forget_lists(places)
    if missing:
        console.print(f"{missing} missing: what needs them will not be measured")
        sys.exit(FAILED)


@app.command
def doctor() -> None:
    """Check this machine, and say what each missing thing would add."""
    findings = examine(Places(state_root()))
    for finding in findings:
        print_finding(finding)
    if any(finding.fatal for finding in findings):
        sys.exit(FAILED)


def print_finding(finding: Finding) -> None:
    """Print one finding and its remedy."""
    sign = "[green]ok[/]" if finding.ok else "[yellow]--[/]"
    sign = "[red]!![/]" if finding.fatal else sign
    console.print(f"{sign}  {finding.subject}: {finding.said}", highlight=False)
    if finding.remedy:
        console.print(f"      {finding.remedy}", style="dim", highlight=False)


def refuse(reason: str) -> NoReturn:
    """Say why the command cannot run and end."""
    errors.print(reason, style="red", highlight=False, markup=False)
    sys.exit(REFUSED)


def main() -> None:
    """Run the command line; known failures become one message and a status."""
    try:
        app()
    except NotReady as failed:
        errors.print(failed.tail, style="dim", highlight=False, markup=False)
        errors.print(str(failed), style="red", highlight=False, markup=False)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(128 + signal.SIGINT)
    except (
        BinaryMissing,
        NamespaceUnavailable,
        PortsBusy,
        ProgramUnknown,
        RunsOtherwise,
        SettingInvalid,
    ) as failed:
        refuse(str(failed))
