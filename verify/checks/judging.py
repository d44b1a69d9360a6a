"""Measurements of the checks: a value held against its target."""

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
    """`value`, in the base unit of the target, judged by its bound."""
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
    """A target that this run cannot say anything about."""
    return Measurement(
        target=full_id,
        value=None,
        unit=targets.find(full_id).unit,
        verdict=Verdict.NOT_MEASURED,
        detail=why,
    )
