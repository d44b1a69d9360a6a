"""The measurements of one target in one outcome, checked for consistency."""

import math

from msgspec.structs import replace

from exchange.outcomes import Measurement, Outcome
from targets.families import Slo, Target
from targets.verdict import Verdict, judge_gauge, judge_minimum


def read_proof(
    full_id: str, target: Target, proof: str, outcome: Outcome | None
) -> list[Measurement]:
    """Return at least one measurement of `full_id`; an inconsistent one is invalid."""
    if outcome is None:
        return [_doubt(full_id, target, proof, "it left no outcome")]
    found = [m for m in outcome.measurements if m.target == full_id]
    if not found:
        why = "; ".join(outcome.invalid_because) or "it says nothing about this target"
        return [_doubt(full_id, target, proof, why)]
    return [
        _read(full_id, target, outcome, replace(measurement, source=proof))
        for measurement in found
    ]


def _read(
    full_id: str, target: Target, outcome: Outcome, measurement: Measurement
) -> Measurement:
    if measurement.verdict is not Verdict.MET:
        return measurement
    proof = measurement.source
    if outcome.verdict is Verdict.INVALID:
        why = "; ".join(outcome.invalid_because) or "the run was invalid"
        return _doubt(full_id, target, proof, why, measurement.value)
    return _believe(full_id, target, proof, measurement)


def _believe(
    full_id: str, target: Target, proof: str, measurement: Measurement
) -> Measurement:
    value = measurement.value
    if value is None or not math.isfinite(value):
        return _doubt(full_id, target, proof, "it says met without a number")
    if measurement.unit != target.unit:
        return _doubt(
            full_id,
            target,
            proof,
            f"it measures {measurement.unit}, promised is {target.unit}",
        )
    if not _adds_up(target, value):
        return _doubt(full_id, target, proof, "it says met, its number says not", value)
    return measurement


def _adds_up(target: Target, value: float) -> bool:
    if isinstance(target, Slo):
        return True  # judged on a share of events; the number is only a summary
    if target.comparison == "at_least":
        return judge_minimum(value, minimum=target.value) is Verdict.MET
    return judge_gauge(value, limit=target.value) is Verdict.MET


def _doubt(
    full_id: str, target: Target, proof: str, why: str, value: float | None = None
) -> Measurement:
    return Measurement(
        target=full_id,
        value=value,
        unit=target.unit,
        verdict=Verdict.INVALID,
        detail=why,
        source=proof,
    )
