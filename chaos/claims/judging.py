"""Conversions from a claim's observation to a measurement of its target."""

from collections.abc import Callable

from chaos.ledger.audit import Audit
from chaos.run_context import RunContext
from exchange.outcomes import Measurement
from targets.verdict import Verdict, judge_gauge, judge_minimum, judge_zero


def judge_seconds(
    context: RunContext, target: str, seconds: float, detail: str, *, samples: int
) -> Measurement:
    """Judge a duration against the promised one."""
    limit = context.targets.find(target).value
    verdict = judge_gauge(seconds, limit=limit)
    return _measurement(context, target, round(seconds, 3), verdict, detail, samples)


def judge_spent(
    context: RunContext, target: str, share: float, detail: str, *, samples: int
) -> Measurement:
    """Judge a spent share against the largest share that may be spent."""
    limit = context.targets.find(target).value
    verdict = judge_gauge(share, limit=limit)
    return _measurement(context, target, share, verdict, detail, samples)


def judge_none(
    context: RunContext, target: str, found: int, detail: str, *, looked_at: int
) -> Measurement:
    """Judge a count that must be zero among `looked_at` items."""
    verdict = judge_zero(found, looked_at=looked_at)
    return _measurement(context, target, found, verdict, detail, looked_at)


def judge_share_of_one(
    context: RunContext, target: str, *, held: bool, detail: str
) -> Measurement:
    """Judge a single observation as a share: 1 if it held, else 0."""
    value = 1.0 if held else 0.0
    verdict = judge_minimum(value, minimum=context.targets.find(target).value)
    return _measurement(context, target, value, verdict, detail, 1)


def judge_caught(
    context: RunContext, target: str, caught: int, detail: str
) -> Measurement:
    """Judge a count that must reach the promised minimum."""
    minimum = context.targets.find(target).value
    verdict = judge_minimum(caught, minimum=minimum)
    return _measurement(context, target, caught, verdict, detail, caught)


def miss(context: RunContext, target: str, seconds: float, detail: str) -> Measurement:
    """Return a miss: the event had not happened after the timeout of `seconds`."""
    return _measurement(
        context, target, round(seconds, 3), Verdict.MISSED, detail, None
    )


def _measurement(  # noqa: PLR0913, PLR0917 - the fields of a measurement
    context: RunContext,
    target: str,
    value: float | None,
    verdict: Verdict,
    detail: str,
    samples: int | None,
) -> Measurement:
    return Measurement(
        target=target,
        value=value,
        unit=context.targets.find(target).unit,
        verdict=verdict,
        detail=detail,
        samples=samples,
        source=f"{context.kind}:{context.experiment}",
    )


def judge_ledger(
    context: RunContext, target: str, count: Callable[[Audit], int], detail: str
) -> Measurement:
    """Judge a count of the audit that must be zero among all acknowledged writes.

    `detail` is filled with the audit's counts. Without an audit nothing is measured.
    """
    found = context.audit
    if found is None:
        why = "nobody could take stock: the platform did not answer"
        return _measurement(context, target, None, Verdict.NOT_MEASURED, why, None)
    said = detail.format(**found.counts())
    return judge_none(context, target, count(found), said, looked_at=found.acknowledged)
