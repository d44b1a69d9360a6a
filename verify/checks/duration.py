"""The duration of the run."""

from exchange.outcomes import Measurement
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence

_TARGETS = {
    "full": "limit.verify-duration",
    "quick": "limit.verify-quick-duration",
    "drill": "limit.drill-duration",
}


def check_duration(evidence: Evidence) -> list[Measurement]:
    """Judge the duration of this run by the target for its mode."""
    return [
        measure(evidence.targets, full_id, evidence.elapsed_seconds, "this very run")
        if mode == evidence.mode
        else cannot_measure(
            evidence.targets, full_id, f"this was a {evidence.mode} run"
        )
        for mode, full_id in _TARGETS.items()
    ]
