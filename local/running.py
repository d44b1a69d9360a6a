"""`up` and `down`."""

import signal
import time

from local.cli_status import watch
from local.consoles import console, say
from local.lifecycle import Outcome, bring_up, make_plan, take_down
from local.places import Places
from local.plan import Plan, load_plan
from local.settings import port_base, state_root

START_SECONDS = 180.0


def up(
    *,
    foreground: bool = False,
    without_sweep: bool = False,
    asynchronous: bool = False,
    timeout_seconds: float = START_SECONDS,
) -> None:
    """Start the platform and return when it is ready; join a running one.

    Parameters
    ----------
    foreground
        Stay until Ctrl-C, then take everything down.
    without_sweep
        Negative control: the relay never looks for overdue jobs.
    asynchronous
        Negative control: commits do not wait for a standby.
    timeout_seconds
        Fail, and clean up, if it is not ready by then.
    """
    places = Places(state_root())
    plan = make_plan(
        port_base=port_base(),
        asynchronous=asynchronous,
        sweeping=not without_sweep,
        places=places,
    )
    began = time.monotonic()
    outcome = start_or_join(places, plan, timeout_seconds)
    running = load_plan(places) or plan
    if outcome is Outcome.joined:
        say(f"already running: {running.ports.url('api')}")
    else:
        seconds = time.monotonic() - began
        say(f"ready after {seconds:.1f} s: {running.ports.url('api')}")
        name_missing(running)
    if foreground:
        stay(places, running)


def start_or_join(places: Places, plan: Plan, timeout_seconds: float) -> Outcome:
    """Bring the platform up while showing what has become ready."""
    with console.status("starting") as spinner:

        def report(name: str, seconds: float) -> None:
            spinner.update(f"{name} is ready, waiting for the rest")
            console.print(f"{seconds:6.1f} s  {name}", style="dim")

        return bring_up(
            places, plan, timeout_seconds=timeout_seconds, report=report, say=say
        )


def name_missing(plan: Plan) -> None:
    """Print the missing optional parts."""
    if "prometheus" not in plan.tools:
        say("without Prometheus: `python -m local extras` fetches it, then restart")


def stay(places: Places, plan: Plan) -> None:
    """Show the status until Ctrl-C or until the platform is taken down."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        watch(places, plan)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        take_down(places, say)
        say("down")


def down() -> None:
    """Stop everything and delete its state; results and tools stay."""
    places = Places(state_root())
    with console.status("stopping"):
        ended = take_down(places, say)
    say(f"down: {ended} processes ended, {places.state} is gone")
