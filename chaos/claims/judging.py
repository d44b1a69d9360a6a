"""From what a claim saw to a measurement of its target."""

from collections.abc import Callable

from chaos.ledger.audit import Audit
from chaos.stage import Stage
from exchange.outcomes import Measurement
from targets.verdict import Verdict, judge_gauge, judge_minimum, judge_zero


def judge_seconds(
    stage: Stage, target: str, seconds: float, detail: str, *, samples: int
) -> Measurement:
    """A stopwatch against the promised duration."""
    limit = stage.targets.find(target).value
    verdict = judge_gauge(seconds, limit=limit)
    return _measurement(stage, target, round(seconds, 3), verdict, detail, samples)


def judge_spent(
    stage: Stage, target: str, share: float, detail: str, *, samples: int
) -> Measurement:
    """A share of something against the most that may be spent of it."""
    limit = stage.targets.find(target).value
    verdict = judge_gauge(share, limit=limit)
    return _measurement(stage, target, share, verdict, detail, samples)


def judge_none(
    stage: Stage, target: str, found: int, detail: str, *, looked_at: int
) -> Measurement:
    """A count that must be zero among `looked_at` things."""
    verdict = judge_zero(found, looked_at=looked_at)
    return _measurement(stage, target, found, verdict, detail, looked_at)


def judge_share_of_one(
    stage: Stage, target: str, *, held: bool, detail: str
) -> Measurement:
    """The one thing that was looked at held, or it did not: all or nothing of it."""
    value = 1.0 if held else 0.0
    verdict = judge_minimum(value, minimum=stage.targets.find(target).value)
    return _measurement(stage, target, value, verdict, detail, 1)


def judge_caught(stage: Stage, target: str, caught: int, detail: str) -> Measurement:
    """A count that must reach the promised minimum: something had to be found."""
    minimum = stage.targets.find(target).value
    verdict = judge_minimum(caught, minimum=minimum)
    return _measurement(stage, target, caught, verdict, detail, caught)


def miss(stage: Stage, target: str, seconds: float, detail: str) -> Measurement:
    """It had not happened after `seconds`, when patience ended."""
    return _measurement(stage, target, round(seconds, 3), Verdict.MISSED, detail, None)


def _measurement(  # noqa: PLR0913, PLR0917 - the fields of a measurement
    stage: Stage,
    target: str,
    value: float | None,
    verdict: Verdict,
    detail: str,
    samples: int | None,
) -> Measurement:
    return Measurement(
        target=target,
        value=value,
        unit=stage.targets.find(target).unit,
        verdict=verdict,
        detail=detail,
        samples=samples,
        source=f"{stage.kind}:{stage.experiment}",
    )


def judge_ledger(
    stage: Stage, target: str, count: Callable[[Audit], int], detail: str
) -> Measurement:
    """A count of the audit that must be zero among everything acknowledged.

    `detail` is filled with the audit's counts. Without an audit nothing is measured.
    """
    found = stage.audit
    if found is None:
        why = "nobody could take stock: the platform did not answer"
        return _measurement(stage, target, None, Verdict.NOT_MEASURED, why, None)
    said = detail.format(**found.counts())
    return judge_none(stage, target, count(found), said, looked_at=found.acknowledged)
