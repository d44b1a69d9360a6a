"""`./task fresh`: the README's two commands on a bare Debian, as root and as a user."""

import sys
import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec import Struct
from rich.console import Console

from lab.fresh.bare_root import NoBareRoot, bare_root, clone, require_means
from lab.fresh.entering import Account, run_inside
from lab.fresh.missing import missing_programs
from lab.images.programs import ProgramFailed

CHECKOUT = Path(__file__).parents[2]
ROOT = Account("root", 0, "/srv/admin/holdfast")
ORDINARY = Account("ada", 1000, "/srv/ada/my holdfast")
"""The path has a space, because a newcomer's path may have one."""
FULL = ("./task doctor", "./task verify", "./task test")
QUICK = ("./task doctor", "./task verify -- --quick", "./task test:programs")
CANNOT_BUILD = 2

console = Console(highlight=False, soft_wrap=True)
app = App(name="fresh", help=__doc__, default_parameter=Parameter(negative=""))


class Step(Struct, frozen=True):
    """One command of the README, and how it ended."""

    account: str
    command: str
    seconds: float
    status: int


@app.default
def fresh(
    *,
    quick: bool = False,
    can_build: bool = False,
    suite: str = "bookworm",
    account: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
) -> None:
    """Build a bare Debian root, clone the checkout into it, and run it there.

    Parameters
    ----------
    quick
        As an ordinary user only: set-up, doctor, the quick scorecard, and the tests
        that start programs. Ends within 12 minutes.
    can_build
        Build nothing: exit with 0 where the root can be built, else print the reason.
    suite
        Debian's suite, for example trixie.
    account
        root, ada or both; both without --quick, ada with it.
    """
    if can_build:
        sys.exit(say_whether_it_can_be_built())
    names = account or (("ada",) if quick else ("root", "ada"))
    accounts = [one for one in (ROOT, ORDINARY) if one.name in names]
    steps: list[Step] = []
    missing: set[str] = set()
    try:
        with bare_root(suite, log=say) as root:
            for one in accounts:
                clone(CHECKOUT, root, one)
                commands = QUICK if quick else FULL
                steps += [perform(root, one, line, missing) for line in commands]
    except (NoBareRoot, ProgramFailed) as reason:
        console.print(f"fresh: {reason}", style="red", markup=False)
        sys.exit(CANNOT_BUILD)
    sys.exit(summarize(steps, missing))


def say_whether_it_can_be_built() -> int:
    """Return 0 where this machine can build a bare root; else print the reason."""
    try:
        require_means()
    except NoBareRoot as reason:
        say(f"no bare root here: {reason}")
        return CANNOT_BUILD
    return 0


def perform(root: Path, account: Account, command: str, missing: set[str]) -> Step:
    """Run one command in the root and show its output as it comes."""
    say(f"{account.name}: {command}")
    began = time.monotonic()
    status, output = run_inside(root, account, command)
    missing |= missing_programs(output)
    return Step(account.name, command, time.monotonic() - began, status)


def summarize(steps: list[Step], missing: set[str]) -> int:
    """Print every step and every missing program; return the exit status."""
    for step in steps:
        sign = "[green]ok[/]" if step.status == 0 else f"[red]exit {step.status}[/]"
        console.print(f"{sign}  {step.account}: {step.command}  {step.seconds:.0f} s")
    for program in sorted(missing):
        console.print(f"[red]missing program[/]  {program}")
    failed = [step for step in steps if step.status != 0]
    return 1 if failed or missing else 0


def say(text: str) -> None:
    """Print one line of progress."""
    console.print(f"fresh: {text}", style="bold", markup=False)


if __name__ == "__main__":
    app()
