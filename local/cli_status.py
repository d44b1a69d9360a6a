"""`status` and `logs`."""

import sys
import time
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.live import Live

from local.consoles import FAILED, console, say
from local.lifecycle import Presence, presence
from local.logs import Follower, LogMissing, last_lines, logged_programs, readable
from local.places import Places
from local.plan import Plan, load_plan
from local.settings import state_root
from local.status import read_status
from local.tables import status_view

WATCH_SECONDS = 1.0
FOLLOW_SECONDS = 0.3


def status(
    *,
    json: bool = False,
    refresh: Annotated[bool, Parameter(name="--watch")] = False,
) -> None:
    """Show every process, its role, address, health and memory.

    Parameters
    ----------
    json
        Print JSON instead.
    refresh
        Refresh until Ctrl-C.
    """
    places = Places(state_root())
    plan = load_plan(places)
    if json:
        found = read_status(places)
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.exit(0 if found.ready else FAILED)
    if plan is None:
        say("down: nothing runs here; start it with `up`")
        sys.exit(FAILED)
    if refresh:
        watch(places, plan)
        return
    found = read_status(places)
    console.print(status_view(found, plan))
    sys.exit(0 if found.ready else FAILED)


def watch(places: Places, plan: Plan) -> None:
    """Refresh the status page while the platform runs."""
    with Live(console=console, auto_refresh=False) as page:
        while presence(places) is not Presence.absent:
            page.update(status_view(read_status(places), plan), refresh=True)
            time.sleep(WATCH_SECONDS)


def logs(
    name: str | None = None,
    *,
    follow: Annotated[bool, Parameter(alias="-f")] = False,
    lines: Annotated[int, Parameter(alias="-n")] = 40,
) -> None:
    """Print the last lines of one log, or of all.

    Parameters
    ----------
    name
        A program or step; all by default.
    follow
        Print new lines until Ctrl-C.
    lines
        The number of last lines of each log.
    """
    places = Places(state_root())
    known = logged_programs(places)
    if name is not None and name not in known:
        raise LogMissing(name, known)
    names = [name] if name else known
    followers = {one: Follower(places.logs / f"{one}.log") for one in names}
    for one in names:
        for line in last_lines(places, one, lines).splitlines():
            print_line(one, line)
    while follow:
        for one, follower in followers.items():
            for line in follower.new_lines():
                print_line(one, line)
        time.sleep(FOLLOW_SECONDS)


def print_line(name: str, line: str) -> None:
    """Print one log line after the name of its program."""
    say(f"{name:12} {readable(line)}")
