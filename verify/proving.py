"""One run from the command line: set up, run, publish."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.text import Text

import targets
from exchange.folders import state_folder
from verify.cluster_stage import ClusterStage
from verify.evidence import Evidence, Mode
from verify.figures import write_seconds
from verify.interrupts import Interrupts
from verify.plan import expected_seconds
from verify.progress import Progress
from verify.publication import publish
from verify.session import Session
from verify.stage import LOCAL, Stage
from verify.steps import Step

INTERRUPTED = 130


class Request(Struct, frozen=True, kw_only=True):
    """Options of a run. `local` is the program that runs the platform.

    `on_cluster` tests the running platform on Kubernetes instead of a local one.
    """

    steps: tuple[Step, ...]
    mode: Mode
    folder: Path
    strict: bool = False
    keep_running: bool = False
    on_cluster: bool = False
    local: Sequence[str] = LOCAL


def prove(request: Request, console: Console) -> int:
    """Run and publish; return the exit code, 130 when interrupted."""
    request.folder.mkdir(parents=True, exist_ok=True)
    interrupts = Interrupts()
    kind_of_stage = ClusterStage if request.on_cluster else Stage
    stage = kind_of_stage(
        state_folder(),
        interrupts=interrupts,
        logs=request.folder,
        local=request.local,
    )
    evidence = Evidence(
        targets.load(),
        stage,
        request.mode,
        request.steps,
        keep_running=request.keep_running,
    )
    about = write_seconds(expected_seconds(request.steps))
    console.print(
        Text(f"{len(request.steps)} steps, about {about}. Ctrl-C stops everything.")
    )
    warn_if_busy(evidence.load_before, console)
    session = Session(
        evidence,
        folder=request.folder,
        interrupts=interrupts,
        progress=Progress(console, request.steps),
    )
    try:
        with interrupts.installed():
            session.run()
    except KeyboardInterrupt:
        console.print("Interrupted: everything that was started here is stopped.")
        return INTERRUPTED
    return publish(evidence, request.folder, console, strict=request.strict)


def warn_if_busy(load: float, console: Console) -> None:
    """Warn when other programs use all cores, because that explains missed targets."""
    cores = os.cpu_count() or 1
    if load > cores:
        console.print(
            f"This machine is busy: load {load:.1f} on {cores} cores before the run. "
            "What is missed now may be met on a quiet one."
        )
