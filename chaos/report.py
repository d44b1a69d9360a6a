"""The outcome of a run: its events, its cost and its machine."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from chaos.claims.requests import window
from chaos.experiment import Findings
from chaos.run_context import PlatformExperiment, RunContext, RunSettings
from chaos.traffic.attempts import Kind, Unavailability
from exchange.outcomes import Outcome
from targets import Targets


def compose(
    experiment: PlatformExperiment,
    settings: RunSettings,
    context: RunContext,
    findings: Findings,
    *,
    began: float,
) -> Outcome:
    """Build the outcome of a run that ended without interruption."""
    ended = context.load.ended or began
    return Outcome(
        kind=experiment.kind,
        name=experiment.name,
        title=experiment.title,
        started=iso(began),
        ended=iso(
            context.timeline.moments[-1].at if context.timeline.moments else ended
        ),
        verdict=findings.verdict,
        invalid_because=findings.invalid_because,
        measurements=findings.measurements,
        facts=_facts(settings, context) | experiment.extra_facts(),
        series=context.load.attempts.per_second(since=context.load.began, until=ended),
        timeline=sorted(context.timeline.moments, key=attrgetter("at")),
    )


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _facts(settings: RunSettings, context: RunContext) -> dict[str, Any]:
    attempts = context.load.attempts
    facts: dict[str, Any] = {
        "environment": context.environment.name,
        "machine": context.environment.machine,
        "seed": settings.seed,
        "offered_per_second": msgspec.to_builtins(settings.rates),
        "journal": str(settings.journal),
        "requests": len(attempts.all),
        "failed": len(attempts.failed()),
        "failures": attempts.failures(),
        "dropped": context.load.dropped,
        "generator_lag_p99_seconds": context.load.lag_seconds(),
    }
    if context.fault_record is not None:
        facts |= _cost(context)
    if context.audit is not None:
        facts["ledger"] = context.audit.counts()
        facts["examples"] = context.audit.examples()
    return facts


def _cost(context: RunContext) -> dict[str, Any]:
    """Return the fault's effects on clients, and the share of the budget it burned."""
    fault_at = context.timeline.fault_at
    over_at = (context.fault_record and context.fault_record.over_at) or fault_at
    return {
        "write_gap_seconds": _gap(context, "write").seconds,
        "read_gap_seconds": _gap(context, "read").seconds,
        "in_flight_at_fault": len(context.load.attempts.in_flight(fault_at, over_at)),
        "budget_burned_ratio": burned_share(
            failed=len(context.load.attempts.failed(since=fault_at)),
            offered_per_second=context.load.rates.total,
            targets=context.targets,
        ),
    }


def _gap(context: RunContext, kind: Kind) -> Unavailability:
    since, until = window(context)
    return context.load.attempts.longest_unavailability(kind, since=since, until=until)


def burned_share(
    *, failed: int, offered_per_second: float, targets: Targets, slo: str = "errors"
) -> float:
    """Return the share of the budget window's allowed failures that was spent.

    The request rate during the fault stands for the rate of the whole window.
    """
    window_seconds = targets.budget.window.seconds
    allowed = offered_per_second * window_seconds * targets.slo[slo].bad_share
    return failed / allowed
