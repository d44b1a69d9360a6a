"""From a measured value to a verdict, by the goal in targets.toml."""

from collections.abc import Sequence
from datetime import UTC, datetime

import targets
from exchange.outcomes import Measurement
from targets.verdict import Verdict, judge_gauge, judge_minimum

NOISY_SHARE = 0.15
"""Foreign use of a core from which on rates and latencies prove nothing."""


def judge(  # noqa: PLR0913 - one measurement and what is to be said about it
    target: str,
    value: float | None,
    *,
    suite: str,
    detail: str,
    samples: int | None = None,
    doubts: Sequence[str] = (),
) -> Measurement:
    """Compare `value`, in the target's base unit, with what is promised.

    With a doubt the value is shown and proves nothing: invalid. Raises KeyError for
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
    """Why figures taken beside other programs may not be quoted; empty when quiet."""
    if foreign_share <= NOISY_SHARE:
        return []
    return [f"others used {foreign_share:.0%} of a core meanwhile"]


def timestamp() -> str:
    """Now, as outcomes spell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
