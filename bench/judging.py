"""Verdicts of measured values, by the goals in targets.toml."""

from collections.abc import Sequence
from datetime import UTC, datetime

import targets
from exchange.outcomes import Measurement
from targets.verdict import Verdict, judge_gauge, judge_minimum

NOISY_SHARE = 0.15
"""Foreign use of a core above which rates and latencies are invalid."""


def judge(  # noqa: PLR0913 - one measurement with its details
    target: str,
    value: float | None,
    *,
    suite: str,
    detail: str,
    samples: int | None = None,
    doubts: Sequence[str] = (),
) -> Measurement:
    """Compare `value`, in the target's base unit, with the target.

    With a doubt the value is shown and the verdict is invalid. Raises KeyError for
    an unknown target.
    """
    promise = targets.load().find(target)
    if promise.comparison == "at_least":
        verdict = judge_minimum(value, minimum=promise.value)
    else:
        verdict = judge_gauge(value, limit=promise.value)
    if doubts and value is not None:
        verdict = Verdict.INVALID
    return Measurement(
        target=target,
        value=value,
        unit=promise.unit,
        verdict=verdict,
        detail="; ".join([detail, *doubts]),
        samples=samples,
        source=f"bench:{suite}",
    )


def doubt_noise(foreign_share: float) -> list[str]:
    """Return the doubt about values under foreign load; empty when quiet."""
    if foreign_share <= NOISY_SHARE:
        return []
    return [f"others used {foreign_share:.0%} of a core meanwhile"]


def timestamp() -> str:
    """Return the current time in the format of outcomes."""
    return datetime.now(UTC).isoformat(timespec="seconds")
