"""The machine's speed against the reference, and verdicts on a slower machine.

A processor-bound target that is missed on a slower machine is not decided there, as
long as the value scaled to the reference meets the target. Where the scaled value
misses too, the code is slower by more than the machine is: missed stays missed.
"""

from statistics import median

from msgspec import Struct

from targets.families import Reference, Target
from targets.verdict import Verdict


class Calibration(Struct, frozen=True, kw_only=True):
    """Seconds of each fixed workload on this machine; None if it could not run."""

    hash_seconds: float
    json_seconds: float
    round_trip_seconds: float | None = None

    def ratio(self, reference: Reference) -> float:
        """Return how many times slower than the reference this machine is.

        The median over the workloads, so that one disturbed workload has no effect.
        """
        pairs = (
            (self.hash_seconds, reference.hash),
            (self.json_seconds, reference.json),
            (self.round_trip_seconds, reference.round_trip),
        )
        return median(
            measured / expected.value
            for measured, expected in pairs
            if measured is not None
        )


def is_slower(ratio: float, reference: Reference) -> bool:
    """Tell whether `ratio` is more than the noise of the calibration."""
    return ratio > 1 + reference.tolerance.value


def scale(value: float, target: Target, ratio: float) -> float:
    """Return `value` as the reference machine would measure it."""
    return value * ratio if target.unit == "1/s" else value / ratio


def judge_on_machine(
    verdict: Verdict,
    value: float | None,
    target: Target,
    *,
    ratio: float,
    reference: Reference,
) -> Verdict:
    """Return the verdict of a measurement on a machine with this `ratio`.

    Only a missed verdict of a processor-bound target can change, to not decided.
    """
    if (
        verdict is not Verdict.MISSED
        or value is None
        or not target.processor_bound
        or not is_slower(ratio, reference)
    ):
        return verdict
    scaled = scale(value, target, ratio)
    at_least = target.comparison == "at_least"
    meets = scaled >= target.value if at_least else scaled <= target.value
    return Verdict.NOT_DECIDED if meets else Verdict.MISSED
