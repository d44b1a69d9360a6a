"""Canary steps of a release, and the limits that roll it back."""

from dataclasses import dataclass
from decimal import Decimal

import targets
from infra.setting_fields import InvalidSetting
from targets import Duration, Ratio


@dataclass(frozen=True, kw_only=True)
class Release:
    """The canary weights, the hold at each, and the limits of the analysis."""

    weights: tuple[int, ...]
    """Percent of the pods, step by step."""
    hold_seconds: int
    error_share: Decimal
    """At this share of errors or more the release is rolled back."""
    slow_seconds: Decimal
    slow_share: Decimal
    """More than this share of requests over `slow_seconds` rolls it back."""


def read_release(promised: targets.Targets, hold: str | None) -> Release:
    """Return the release of the targets, or with the shorter `hold` of a stack.

    Raises `InvalidSetting` for a hold that is longer than the target.
    """
    rollout, latency = promised.rollout, promised.slo["latency"]
    steps, longest = rollout["canary-steps"].promised, rollout["canary-hold"].promised
    share, slow = rollout["rollback-errors"].promised, latency.promised
    if (
        not isinstance(steps, tuple)
        or not isinstance(longest, Duration)
        or not isinstance(share, Ratio)
        or not isinstance(slow, Duration)
    ):
        raise TypeError("the targets of a release have unexpected kinds of values")
    return Release(
        weights=tuple(int(step.exact * 100) for step in steps),
        hold_seconds=int(_at_most(hold, longest).exact),
        error_share=share.exact,
        slow_seconds=slow.exact,
        slow_share=Decimal(str(latency.bad_share)),
    )


def _at_most(asked: str | None, promised: Duration) -> Duration:
    if asked is None:
        return promised
    hold = Duration.parse(asked)
    if hold.exact > promised.exact:
        raise InvalidSetting(
            "canaryHold", f"is {asked}, more than the target {promised.text}"
        )
    return hold
