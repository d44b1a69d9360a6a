"""`./task test:clock`: the tests at other dates, by libfaketime.

Every process of a run believes the date, databases included; durations stay real.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from rich.console import Console

from exchange.folders import state_folder
from lab.images.programs import require

LOCK: Final = Path(__file__).with_suffix(".lock")
LIBRARY: Final = "libfaketime/vendor/libfaketime/src/libfaketime.so.1"
DATES: Final = (
    ("2026-12-31 23:57:00", "UTC"),
    ("2027-01-01 00:01:00", "UTC"),
    ("2027-01-31 23:57:00", "UTC"),
    ("2027-02-01 00:01:00", "UTC"),
    ("2027-02-28 23:57:00", "UTC"),
    ("2028-02-29 12:00:00", "UTC"),
    ("2027-03-28 01:58:00", "Europe/Berlin"),
    ("2027-10-31 02:58:00", "Europe/Berlin"),
)
"""The ends and beginnings of a year, of months and of February, and both changes of
the clock; local times of the second column's zone."""
TESTS: Final = ("tests/api", "tests/bench/test_size.py", "tests/workers")
"""The tests whose subjects read the date."""

console = Console(highlight=False, soft_wrap=True)
app = App(name="clock", help=__doc__)


@app.default
def run_at_dates(
    *arguments: Annotated[str, Parameter(allow_leading_hyphen=True)],
    date: tuple[str, ...] = (),
) -> None:
    """Run the tests once at each date; exit 1 if a run is red.

    Parameters
    ----------
    arguments
        What pytest runs; otherwise the tests whose subjects read the date.
    date
        A date of the list, for example "2027-01-31 23:57:00"; otherwise every one.
    """
    library = faketime()
    red = []
    for moment, zone in DATES:
        if date and moment not in date:
            continue
        console.print(f"clock: {moment} {zone}", style="bold")
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"]
        changes = {
            "LD_PRELOAD": str(library),
            "FAKETIME": offset_to(moment, zone),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": zone,
        }
        done = subprocess.run(  # noqa: S603 - our own command line
            [*command, *(arguments or TESTS)], env=os.environ | changes, check=False
        )
        if done.returncode:
            red.append(moment)
    console.print(f"clock: red at {', '.join(red)}" if red else "clock: all green")
    sys.exit(bool(red))


def offset_to(moment: str, zone: str) -> str:
    """Return libfaketime's offset from now to a local time.

    An offset, because an absolute time would begin anew in each process.
    """
    there = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    return f"{(there - datetime.now(UTC)).total_seconds():+.0f}"


def faketime() -> Path:
    """Return libfaketime, compiled on first use; raises ProgramMissing."""
    folder = state_folder() / "tools" / "faketime"
    if not (folder / LIBRARY).is_file():
        require("gcc")
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
        install += ["--require-hashes", "--target", str(folder), "-r", str(LOCK)]
        subprocess.run(install, check=True)  # noqa: S603 - our own command line
    return folder / LIBRARY


if __name__ == "__main__":
    app()
