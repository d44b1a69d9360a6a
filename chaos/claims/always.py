"""Claims that hold after every fault."""

from chaos.claims.judging import judge_ledger, judge_seconds, miss
from chaos.experiment import Claim
from chaos.run_context import RunContext
from chaos.timeline import now
from exchange.outcomes import Measurement


async def nothing_lost(context: RunContext) -> Measurement:
    return judge_ledger(
        context,
        "recovery.lost-writes",
        lambda found: len(found.lost),
        "{lost} of {acknowledged} acknowledged writes are gone",
    )


async def nothing_twice(context: RunContext) -> Measurement:
    return judge_ledger(
        context,
        "recovery.duplicate-effects",
        lambda found: len(found.duplicate),
        "{duplicate} of {acknowledged} took effect twice",
    )


async def nothing_unresolved(context: RunContext) -> Measurement:
    return judge_ledger(
        context,
        "recovery.unresolved-writes",
        lambda found: len(found.unresolved),
        "{ghost} unanswered writes had happened, {unresolved} could not be settled",
    )


def recovers_within(target: str) -> Claim[RunContext]:
    """Measure from the end of the fault until the platform is healthy."""

    async def claim(context: RunContext) -> Measurement:
        undone_at = context.timeline.undone_at
        if context.recovered_at is None:
            wrong = "; ".join(context.problems) or "the platform was never looked at"
            return miss(context, target, now() - undone_at, f"still wrong: {wrong}")
        seconds = context.recovered_at - undone_at
        detail = "every process healthy, every member streaming, one synchronous"
        return judge_seconds(context, target, seconds, detail, samples=1)

    return claim


restored = recovers_within("recovery.restored")

LEDGER: tuple[Claim[RunContext], ...] = (
    nothing_lost,
    nothing_twice,
    nothing_unresolved,
)
ALWAYS: tuple[Claim[RunContext], ...] = (*LEDGER, restored)
