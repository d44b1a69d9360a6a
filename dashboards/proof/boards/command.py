"""`python -m dashboards prove boards`."""

import time
from pathlib import Path

from rich.console import Console

from dashboards.proof.boards.proof import prove
from dashboards.proof.metrics.prometheus import (
    Prometheus,
    PrometheusUnknown,
    QueryRefused,
    find_prometheus,
)
from dashboards.reading import read_boards
from dashboards.rendering import RENDERED
from exchange.outcomes import Outcome, write_outcome
from targets.verdict import exit_code

USAGE_OR_CRASH = 2


def prove_boards(
    *,
    out: Path | None = None,
    prometheus: str | None = None,
    minutes: int = 5,
    folder: Path = RENDERED,
) -> int:
    """Run every query of every panel against the running Prometheus.

    Exit 0 when every panel passes, 1 when one fails, 4 without a proof, 2 on a crash.

    Parameters
    ----------
    out
        The file of the outcome.
    prometheus
        Its address; by default that of the running local platform.
    minutes
        Length of the period that panels read. It must contain traffic.
    folder
        The rendered boards.
    """
    console = Console(stderr=True)
    try:
        address = prometheus or find_prometheus()
        boards = read_boards(folder)
        with console.status("asking every panel"), Prometheus(address) as running:
            found = prove(running, boards, now=time.time(), seconds=60 * minutes)
    except (PrometheusUnknown, QueryRefused) as trouble:
        console.print(str(trouble), style="red", highlight=False)
        return USAGE_OR_CRASH
    if out:
        write_outcome(found, out)
    _show(console, found)
    return exit_code(found.verdict)


def _show(console: Console, found: Outcome) -> None:
    measured = found.measurements[0]
    for doubt in found.invalid_because:
        console.print(f"invalid: {doubt}", style="yellow", highlight=False)
    console.print(
        f"{found.source} {found.verdict}: {measured.value:g} blind panels;"
        f" {measured.detail}",
        highlight=False,
    )
    for uid, control in found.facts["controls"].items():
        console.print(f"control in {uid}: {control}", highlight=False)
