"""`python -m verify`: run the platform, load it, break it, print the scorecard."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

import targets
from exchange.folders import local_platform_file, results_folder
from exchange.output import escape_unencodable
from exchange.platforms import LocalPlatform, PlatformUnpublished, read_platform
from verify.calibrating import calibrate, describe
from verify.evidence import Mode
from verify.plan import CLUSTER, DRILL, FULL, QUICK
from verify.proving import Request, prove
from verify.steps import Step, StepUnknown, choose

_USAGE = 2
_PLANS: dict[Mode, tuple[Step, ...]] = {
    "full": FULL,
    "quick": QUICK,
    "drill": DRILL,
    "cluster": CLUSTER,
}

app = App(
    name="python -m verify",
    help="Prove what the platform promises.",
    version_flags=[],
    default_parameter=Parameter(negative=()),
)


@app.default
def verify(  # noqa: PLR0913 - the options of a command line
    *,
    quick: bool = False,
    drill: bool = False,
    cluster: bool = False,
    strict: bool = False,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    keep_running: bool = False,
    out: Path | None = None,
) -> int:
    """Run the platform, load it, break it, and print one line per target.

    Exit status: 0 when every target that this run measures is met, 1 when one is
    missed, 4 when one is invalid (a run that crashed is never green).

    Parameters
    ----------
    quick:
        Run only the steps that prove most: about 2 minutes instead of about 7.
    drill:
        Kill one component at a time, wait for its alert, run its runbook page.
    cluster:
        Test the running platform on Kubernetes; none is built.
    strict:
        Fail also when a target is not measured.
    only:
        Run only these steps: `steady`, `chaos:database-host-killed`, `chaos` …
    keep_running:
        Leave the platform up afterwards.
    out:
        The folder for the results; by default a new one under the state folder.
    """
    console = Console(highlight=False)
    asked = _list_asked(quick=quick, drill=drill, cluster=cluster)
    if len(asked) > 1:
        names = f"--{asked[0]} and --{asked[1]}"
        Console(stderr=True).print(f"{names} are two different runs")
        return _USAGE
    mode: Mode = asked[0] if asked else "full"
    try:
        steps = choose(_PLANS[mode], only)
    except StepUnknown as unknown:
        Console(stderr=True).print(Text(str(unknown)))
        return _USAGE
    request = Request(
        steps=steps,
        mode="chosen" if only else mode,
        folder=out.absolute() if out else _name_folder(),
        strict=strict,
        keep_running=keep_running,
        on_cluster=cluster,
    )
    return prove(request, console)


@app.command(name="calibrate")
def calibrate_machine() -> int:
    """Measure this machine and print the values for [reference] in targets.toml.

    The database is measured only when a platform runs on this machine.
    """
    console = Console(highlight=False)
    try:
        database = read_platform(local_platform_file(), LocalPlatform).database
    except PlatformUnpublished:
        database = None
    measured = calibrate(database)
    console.print(Text(describe(measured, targets.load().reference)), soft_wrap=True)
    for name, seconds in (
        ("hash", measured.hash_seconds),
        ("json", measured.json_seconds),
        ("round_trip", measured.round_trip_seconds),
    ):
        if seconds is not None:
            console.print(Text(f'{name} = "{seconds * 1000:.3g}ms"'))
    return 0


def _list_asked(*, quick: bool, drill: bool, cluster: bool) -> list[Mode]:
    wanted: dict[Mode, bool] = {"quick": quick, "drill": drill, "cluster": cluster}
    return [mode for mode, on in wanted.items() if on]


def _name_folder() -> Path:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    return results_folder() / stamp


if __name__ == "__main__":
    escape_unencodable()
    sys.exit(app())
