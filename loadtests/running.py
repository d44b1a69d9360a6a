"""One suite from preparation to outcome."""

from datetime import UTC, datetime
from typing import Any

import psutil
from msgspec import Struct

from exchange.outcomes import Moment, Outcome
from loadtests.facts import describe_machine, describe_phase, list_versions, plot
from loadtests.phase import Say, Stage
from loadtests.preparation import prepare
from loadtests.suites.suite import Request, Suite
from loadtests.whereabouts import Whereabouts
from targets import Targets

_LOOK_SECONDS = 1.0


class Run(Struct, frozen=True, kw_only=True):
    """Where, how, and with which seed a suite is run."""

    where: Whereabouts
    targets: Targets
    seed: int
    processes: int
    request: Request


def run_suite(suite: Suite, run: Run, say: Say) -> Outcome:
    """Prepare the cast, then let the suite explore; nothing is written.

    Raises PreparationFailed, GeneratorBroke, WitnessUnavailable.
    """
    started = datetime.now(UTC)
    say("looking whether the machine is quiet", None, {})
    busy_before = psutil.cpu_percent(interval=_LOOK_SECONDS) / 100
    say("preparing organizations, keys and events", None, {})
    stage = Stage(
        where=run.where,
        cast=prepare(run.where.host),
        targets=run.targets,
        seed=run.seed,
        processes=run.processes,
        busy_before=busy_before,
        say=say,
    )
    findings = suite.explore(stage, run.request)
    facts: dict[str, Any] = {
        "host": run.where.host,
        "metrics": list(run.where.metrics),
        "seed": run.seed,
        "machine": describe_machine(run.where) | {"busy_before": busy_before},
        "versions": list_versions(),
        "phases": [describe_phase(phase) for phase in findings.phases],
    }
    series = [point for phase in findings.phases for point in plot(phase)]
    return Outcome(
        kind="load",
        name=suite.name,
        title=suite.title,
        started=started.isoformat(timespec="seconds"),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        verdict=findings.verdict,
        invalid_because=findings.invalid_because,
        measurements=findings.measurements,
        facts=facts | findings.facts,
        series=series,
        timeline=[
            Moment(at=min(phase.tally.seconds), what=phase.title, kind="note")
            for phase in findings.phases
            if phase.tally.seconds
        ],
    )
