"""`python -m loadtests`: run a suite against the platform and judge it."""

import secrets
import signal
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import App, Parameter
from rich.console import Console

from exchange.folders import results_folder
from exchange.outcomes import write_outcome
from loadtests.addresses import (
    Addresses,
    PlatformNotFound,
    find_platform,
)
from loadtests.cluster import reached
from loadtests.generator import GeneratorBroke
from loadtests.preparation import PreparationFailed
from loadtests.progress import Progress, show
from loadtests.running import Run, run_suite
from loadtests.server_counters import MetricsUnavailable
from loadtests.suites import SUITES
from loadtests.suites.suite import RunOptions
from targets import Duration, TargetsUnreadable, load
from targets.verdict import exit_code

USAGE_OR_CRASH = 2
INTERRUPTED = 130
_TROUBLE = (
    GeneratorBroke,
    OSError,
    PlatformNotFound,
    PreparationFailed,
    TargetsUnreadable,
    ValueError,
    MetricsUnavailable,
)

app = App(
    name="python -m loadtests",
    help="Load tests: open arrivals, confirmed by the servers, a verdict per target.",
)


@app.command
def run(  # noqa: PLR0913 - each is one option of the command
    suite: Literal["smoke", "steady", "capacity"],
    *,
    host: str | None = None,
    metrics: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    cluster: Path | None = None,
    rate: float | None = None,
    duration: str | None = None,
    warm_up: str | None = None,
    seed: int | None = None,
    processes: int = 1,
    out: Path | None = None,
) -> int:
    """Run one suite; exit 0 met, 1 missed, 4 when it proves nothing, 2 on a crash.

    Parameters
    ----------
    host
        Address of the API; by default that of the running local platform.
    metrics
        Metrics page of an instance; repeat it for each. With --host only.
    cluster
        The platform.json of a platform on Kubernetes, in place of --host.
    rate
        Requests a second: the rate of steady, the first step of capacity.
    duration
        Measured time, like 60s or 2m: of steady, or of one step of capacity.
    warm_up
        Time before that, like 5s, which is sent but not measured.
    seed
        The seed of an earlier run repeats its arrivals and choices.
    processes
        Generator processes.
    out
        The outcome's file; by default in results/latest-manual of the state folder.
    """
    console = Console(stderr=True)
    progress = Progress(console)
    with _locate(cluster, host, metrics) as addresses:
        wanted = Run(
            addresses=addresses,
            targets=load(),
            seed=secrets.randbelow(2**32) if seed is None else seed,
            processes=processes,
            options=RunOptions(rate, seconds_of(duration), seconds_of(warm_up)),
        )
        with progress.live:
            outcome = run_suite(SUITES[suite], wanted, progress.notify)
    file = out or results_folder() / "latest-manual" / f"load-{suite}.json"
    write_outcome(outcome, file)
    show(console, outcome)
    console.print(f"written to {file}", markup=False, soft_wrap=True)
    return exit_code(outcome.verdict)


def _locate(
    cluster: Path | None, host: str | None, metrics: tuple[str, ...]
) -> AbstractContextManager[Addresses]:
    """Find the platform under load; raises PlatformNotFound."""
    if cluster is not None:
        return reached(cluster)
    return nullcontext(find_platform(host, metrics))


def seconds_of(span: str | None) -> float | None:
    """Return the seconds of a span like 60s or 2m; raises ValueError."""
    return Duration.parse(span).seconds if span else None


@app.command(name="list")
def list_suites() -> int:
    """List every suite with its title."""
    for suite in SUITES.values():
        sys.stdout.write(f"{suite.name:10} {suite.title}\n")
    return 0


def main() -> int:
    """Run the command; print a message in place of a trace for expected errors."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        return int(app(exit_on_error=False, result_action="return_value") or 0)
    except cyclopts.CycloptsError:
        return USAGE_OR_CRASH
    except KeyboardInterrupt:
        return INTERRUPTED
    except _TROUBLE as trouble:
        Console(stderr=True).print(f"loadtests: {trouble}", markup=False)
        return USAGE_OR_CRASH


if __name__ == "__main__":
    sys.exit(main())
