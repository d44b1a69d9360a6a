"""Verdicts from numbers. Missing data are never met."""

import math
from collections.abc import Iterable
from enum import StrEnum
from statistics import NormalDist


class Verdict(StrEnum):
    """A verdict. Only MET is green; NOT_DECIDED comes from a too slow machine."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not_measured"
    NOT_DECIDED = "not_decided"
    INVALID = "invalid"


_BADNESS = (
    Verdict.MET,
    Verdict.NOT_MEASURED,
    Verdict.NOT_DECIDED,
    Verdict.INVALID,
    Verdict.MISSED,
)
_EXIT = {Verdict.MET: 0, Verdict.MISSED: 1}


def wilson(bad: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval (low, high), 0…1, of the true share of `bad` in `total`.

    Raises ValueError unless 0 <= bad <= total and total > 0.
    """
    if not 0 <= bad <= total or total == 0:
        raise ValueError(f"no share of {bad} in {total}")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = bad / total
    shrink = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / shrink
    spread = z * math.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
    low = max(0.0, middle - spread / shrink) if bad else 0.0
    high = min(1.0, middle + spread / shrink) if bad < total else 1.0
    return min(low, share), max(high, share)


def judge_share(
    bad: int, total: int, *, allowed: float, confidence: float = 0.95
) -> Verdict:
    """Return met when the whole interval is within `allowed`, missed when all is over.

    In between the sample is too small: not measured; run longer.
    """
    if total == 0:
        return Verdict.NOT_MEASURED
    low, high = wilson(bad, total, confidence)
    if high <= allowed:
        return Verdict.MET
    return Verdict.MISSED if low > allowed else Verdict.NOT_MEASURED


def judge_gauge(value: float | None, *, limit: float) -> Verdict:
    """Return met up to and including `limit`; NaN and infinity are invalid."""
    if value is None:
        return Verdict.NOT_MEASURED
    if not math.isfinite(value):
        return Verdict.INVALID
    return Verdict.MET if value <= limit else Verdict.MISSED


def judge_minimum(value: float | None, *, minimum: float) -> Verdict:
    """Return met from `minimum` upwards."""
    if value is None:
        return Verdict.NOT_MEASURED
    if not math.isfinite(value):
        return Verdict.INVALID
    return Verdict.MET if value >= minimum else Verdict.MISSED


def judge_zero(count: int | None, *, looked_at: int) -> Verdict:
    """Return met when none of `looked_at` things is bad; zero things are invalid."""
    if count is None:
        return Verdict.NOT_MEASURED
    if count > 0:
        return Verdict.MISSED
    return Verdict.MET if looked_at > 0 else Verdict.INVALID


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the deciding verdict: missed, then invalid, then not measured.

    No verdict at all is not measured.
    """
    return max(verdicts, key=_BADNESS.index, default=Verdict.NOT_MEASURED)


def exit_code(verdict: Verdict) -> int:
    """Return the exit status: 0 met, 1 missed, 4 without a proof."""
    return _EXIT.get(verdict, 4)
