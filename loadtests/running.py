"""One run of a suite, from preparation to outcome."""

from datetime import UTC, datetime
from typing import Any

import psutil
from msgspec import Struct

from exchange.outcomes import Moment, Outcome
from loadtests.addresses import Addresses
from loadtests.facts import describe_machine, describe_phase, list_versions, plot
from loadtests.phase import Notify, RunContext
from loadtests.preparation import prepare
from loadtests.suites.suite import RunOptions, Suite
from targets import Targets

_LOOK_SECONDS = 1.0


class Run(Struct, frozen=True, kw_only=True):
    """The settings of a run."""

    addresses: Addresses
    targets: Targets
    seed: int
    processes: int
    options: RunOptions


def run_suite(suite: Suite, run: Run, notify: Notify) -> Outcome:
    """Prepare the test data, run the suite and return its outcome.

    Raises PreparationFailed, GeneratorBroke, MetricsUnavailable.
    """
    started = datetime.now(UTC)
    notify("measuring how busy the machine is", None, {})
    busy_before = psutil.cpu_percent(interval=_LOOK_SECONDS) / 100
    notify("preparing organizations, keys and events", None, {})
    context = RunContext(
        addresses=run.addresses,
        dataset=prepare(run.addresses.host),
        targets=run.targets,
        seed=run.seed,
        processes=run.processes,
        busy_before=busy_before,
        notify=notify,
    )
    findings = suite.run(context, run.options)
    facts: dict[str, Any] = {
        "host": run.addresses.host,
        "metrics": list(run.addresses.metrics),
        "seed": run.seed,
        "machine": describe_machine(run.addresses) | {"busy_before": busy_before},
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
            Moment(at=min(phase.stats.seconds), what=phase.title, kind="note")
            for phase in findings.phases
            if phase.stats.seconds
        ],
    )
