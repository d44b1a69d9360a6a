"""Start and stop of a platform, completely or not at all."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum

from local.binaries import find_binaries
from local.blueprint import all_programs, write_files
from local.credentials import create_credentials
from local.extras import find_tools
from local.lock import locked
from local.places import Places
from local.plan import Plan, load_plan, save_plan
from local.ports import PortsBusy
from local.processes import end_all, own_processes, supervisor_of
from local.published import publish
from local.readiness import Readiness, Report
from local.services import preparation_steps
from local.supervision import hold_programs, start_supervisor
from local.unprivileged import require_unprivileged

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Presence(Enum):
    """The state of a state folder."""

    absent = "absent"
    running = "running"
    stale = "stale"


class RunsOtherwise(Exception):
    """A platform runs with other options than requested."""

    def __init__(self, running: Plan) -> None:
        controls = ", ".join(running.controls) or "no negative control"
        super().__init__(
            f"already running on port {running.port_base} with {controls}; "
            "take it down first to change that"
        )


class Outcome(Enum):
    """The result of `bring_up`."""

    started = "started"
    joined = "joined"


def presence(places: Places) -> Presence:
    """Tell whether a whole platform runs here, or remains of one exist, or nothing."""
    processes = own_processes(places.state)
    supervised = supervisor_of(processes) is not None
    if supervised and places.published.exists():
        return Presence.running
    if processes or places.state.exists():
        return Presence.stale
    return Presence.absent


def make_plan(
    *, port_base: int, asynchronous: bool, sweeping: bool, places: Places
) -> Plan:
    """Return the plan for a start now; raises BinaryMissing."""
    return Plan(
        port_base=port_base,
        binaries=find_binaries(),
        started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        asynchronous=asynchronous,
        sweeping=sweeping,
        tools=find_tools(places),
    )


def bring_up(
    places: Places,
    plan: Plan,
    *,
    timeout_seconds: float,
    report: Report,
    say: Callable[[str], None],
) -> Outcome:
    """Start the platform and return when it is ready, or join the running one.

    An early end (an error, Ctrl-C, a signal) leaves nothing behind.
    Raises NotReady, PortsBusy, RunsOtherwise, BinaryMissing, NamespaceUnavailable.
    """
    with locked(places, waiting=lambda: say("waiting for another start or stop")):
        found = presence(places)
        if found is Presence.running:
            join(places, plan)
            return Outcome.joined
        if found is Presence.stale:
            say("removing what is left of an earlier platform")
            tear_down(places)
        with undone_on_failure(places, say):
            start(places, plan, timeout_seconds=timeout_seconds, report=report)
    return Outcome.started


def join(places: Places, plan: Plan) -> None:
    """Accept the running platform if it has the requested options."""
    running = load_plan(places)
    if running is None:
        return
    if (running.port_base, running.controls) != (plan.port_base, plan.controls):
        raise RunsOtherwise(running)


def start(
    places: Places, plan: Plan, *, timeout_seconds: float, report: Report
) -> None:
    """Start everything, wait until it is ready, publish platform.json."""
    require_unprivileged()
    taken = plan.ports.taken()
    if taken:
        raise PortsBusy(taken)
    places.create()
    save_plan(places, plan)
    create_credentials(places, plan.ports)
    programs = all_programs(places, plan)
    write_files(places, plan, programs)
    hold_programs(places, [program.name for program in programs])
    steps = preparation_steps(places, plan)
    readiness = Readiness(places, plan, programs, steps, report)
    readiness.wait(start_supervisor(places, programs), timeout_seconds)
    publish(places, plan, programs)


@contextmanager
def undone_on_failure(places: Places, say: Callable[[str], None]) -> Iterator[None]:
    """Tear the platform down if the block fails or a signal ends it."""
    previous = {number: signal.signal(number, interrupt) for number in ENDING}
    try:
        yield
    except BaseException:
        for number in (signal.SIGINT, *ENDING):
            signal.signal(number, signal.SIG_IGN)
        say("cleaning up")
        tear_down(places)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def interrupt(_number: int, _frame: object) -> None:
    """Treat SIGTERM and SIGHUP like Ctrl-C."""
    raise KeyboardInterrupt


def take_down(places: Places, say: Callable[[str], None]) -> int:
    """Stop everything and remove its state; return how many processes ended."""
    with locked(places, waiting=lambda: say("waiting for another start or stop")):
        return tear_down(places)


def tear_down(places: Places) -> int:
    """End every process of this state folder, then delete the folder."""
    ended = end_all(places.state)
    places.remove()
    return ended
