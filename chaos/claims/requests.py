"""Claims about the effects that clients notice: gaps and failed requests."""

from chaos.claims.judging import judge_none, judge_seconds
from chaos.experiment import Claim
from chaos.run_context import RunContext
from chaos.timeline import now
from exchange.outcomes import Measurement

_BEFORE_SECONDS = 1.0


def writes_resume(target: str) -> Claim[RunContext]:
    """Measure the longest gap between acknowledged writes around the fault."""

    async def claim(context: RunContext) -> Measurement:
        attempts = context.load.attempts
        since, until = window(context)
        gap = attempts.longest_unavailability("write", since=since, until=until)
        after = round(gap.began - context.timeline.fault_at, 1) + 0.0  # never "-0.0"
        detail = (
            f"{gap.seconds:.1f} s without an acknowledged write, "
            f"from {after:+.1f} s after the fault"
        )
        writes = len(attempts.successes("write"))
        return judge_seconds(context, target, gap.seconds, detail, samples=writes)

    return claim


def no_request_fails(target: str) -> Claim[RunContext]:
    """Require that no client request has failed since the fault."""

    async def claim(context: RunContext) -> Measurement:
        fault_at = context.timeline.fault_at
        sent = [
            a for a in context.load.attempts.all if (a.ended or fault_at) >= fault_at
        ]
        failed = context.load.attempts.failed(since=fault_at)
        reasons = {a.failure for a in failed if a.failure}
        detail = f"{len(failed)} of {len(sent)} requests failed"
        if reasons:
            detail += f": {', '.join(sorted(reasons)[:3])}"
        return judge_none(context, target, len(failed), detail, looked_at=len(sent))

    return claim


def only_requests_in_flight_fail(target: str) -> Claim[RunContext]:
    """Count failed requests, except those in flight while the processes died."""

    async def claim(context: RunContext) -> Measurement:
        attempts, fault_at = context.load.attempts, context.timeline.fault_at
        over_at = (context.fault_record and context.fault_record.over_at) or fault_at
        in_flight = attempts.in_flight(fault_at, over_at)
        failed = attempts.failed(since=fault_at)
        beyond = [a for a in failed if not a.overlaps(fault_at, over_at)]
        detail = f"{len(failed)} failed, {len(in_flight)} were in flight at the kill"
        sent = len(attempts.all)
        return judge_none(context, target, len(beyond), detail, looked_at=sent)

    return claim


def window(context: RunContext) -> tuple[float, float]:
    """Return the interval from just before the fault to the end of the load."""
    return context.timeline.fault_at - _BEFORE_SECONDS, context.load.ended or now()
