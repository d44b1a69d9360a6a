"""Measurements of the checks: a value compared with its target."""

from exchange.outcomes import Measurement
from targets import Targets
from targets.verdict import Verdict, judge_gauge, judge_minimum


def measure(
    targets: Targets,
    full_id: str,
    value: float,
    detail: str,
    *,
    samples: int | None = None,
) -> Measurement:
    """Judge `value`, in the base unit of the target, by the target's bound."""
    target = targets.find(full_id)
    at_least = target.comparison == "at_least"
    verdict = (
        judge_minimum(value, minimum=target.value)
        if at_least
        else judge_gauge(value, limit=target.value)
    )
    return Measurement(
        target=full_id,
        value=value,
        unit=target.unit,
        verdict=verdict,
        detail=detail,
        samples=samples,
    )


def cannot_measure(targets: Targets, full_id: str, why: str) -> Measurement:
    """Return a measurement for a target that this run cannot measure."""
    return Measurement(
        target=full_id,
        value=None,
        unit=targets.find(full_id).unit,
        verdict=Verdict.NOT_MEASURED,
        detail=why,
    )
