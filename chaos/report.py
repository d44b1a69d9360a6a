"""From a run to its outcome: what happened, what it cost, on what machine."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from chaos.claims.requests import window
from chaos.experiment import Findings
from chaos.gaps import Gap
from chaos.stage import PlatformExperiment, Setting, Stage
from chaos.traffic.attempts import Kind
from exchange.outcomes import Outcome
from targets import Targets


def compose(
    experiment: PlatformExperiment,
    setting: Setting,
    stage: Stage,
    findings: Findings,
    *,
    began: float,
) -> Outcome:
    """Everything there is to say about a run that ended by itself."""
    ended = stage.load.ended or began
    return Outcome(
        kind=experiment.kind,
        name=experiment.name,
        title=experiment.title,
        started=iso(began),
        ended=iso(stage.timeline.moments[-1].at if stage.timeline.moments else ended),
        verdict=findings.verdict,
        invalid_because=findings.invalid_because,
        measurements=findings.measurements,
        facts=_facts(setting, stage) | experiment.tell_facts(),
        series=stage.load.attempts.per_second(since=stage.load.began, until=ended),
        timeline=sorted(stage.timeline.moments, key=attrgetter("at")),
    )


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _facts(setting: Setting, stage: Stage) -> dict[str, Any]:
    attempts = stage.load.attempts
    facts: dict[str, Any] = {
        "environment": stage.environment.name,
        "machine": stage.environment.machine,
        "seed": setting.seed,
        "offered_per_second": msgspec.to_builtins(setting.rates),
        "journal": str(setting.journal),
        "requests": len(attempts.all),
        "failed": len(attempts.failed()),
        "failures": attempts.failures(),
        "dropped": stage.load.dropped,
        "generator_lag_p99_seconds": stage.load.lag_seconds(),
    }
    if stage.injury is not None:
        facts |= _cost(stage)
    if stage.audit is not None:
        facts["ledger"] = stage.audit.counts()
        facts["examples"] = stage.audit.examples()
    return facts


def _cost(stage: Stage) -> dict[str, Any]:
    """What clients noticed of the fault, and the share of the budget that it burned."""
    fault_at = stage.timeline.fault_at
    over_at = (stage.injury and stage.injury.over_at) or fault_at
    return {
        "write_gap_seconds": _gap(stage, "write").seconds,
        "read_gap_seconds": _gap(stage, "read").seconds,
        "in_flight_at_fault": len(stage.load.attempts.in_flight(fault_at, over_at)),
        "budget_burned_ratio": burned_share(
            failed=len(stage.load.attempts.failed(since=fault_at)),
            offered_per_second=stage.load.rates.total,
            targets=stage.targets,
        ),
    }


def _gap(stage: Stage, kind: Kind) -> Gap:
    since, until = window(stage)
    return stage.load.attempts.longest_gap(kind, since=since, until=until)


def burned_share(
    *, failed: int, offered_per_second: float, targets: Targets, slo: str = "errors"
) -> float:
    """The share of the budget window's allowed failures that these failures are.

    What was offered during the fault stands for the rate of the whole window.
    """
    window_seconds = targets.budget.window.seconds
    allowed = offered_per_second * window_seconds * targets.slo[slo].bad_share
    return failed / allowed
