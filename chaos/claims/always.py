"""What must hold after every fault, whatever it was."""

from chaos.claims.judging import judge_ledger, judge_seconds, miss
from chaos.experiment import Claim
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Measurement


async def nothing_lost(stage: Stage) -> Measurement:
    return judge_ledger(
        stage,
        "recovery.lost-writes",
        lambda found: len(found.lost),
        "{lost} of {acknowledged} acknowledged writes are gone",
    )


async def nothing_twice(stage: Stage) -> Measurement:
    return judge_ledger(
        stage,
        "recovery.duplicate-effects",
        lambda found: len(found.duplicate),
        "{duplicate} of {acknowledged} took effect twice",
    )


async def nothing_unresolved(stage: Stage) -> Measurement:
    return judge_ledger(
        stage,
        "recovery.unresolved-writes",
        lambda found: len(found.unresolved),
        "{ghost} unanswered writes had happened, {unresolved} could not be settled",
    )


def whole_again(target: str) -> Claim[Stage]:
    """From the end of the fault until the platform was whole."""

    async def claim(stage: Stage) -> Measurement:
        undone_at = stage.timeline.undone_at
        if stage.whole_at is None:
            wrong = "; ".join(stage.still_wrong) or "the platform was never looked at"
            return miss(stage, target, now() - undone_at, f"still wrong: {wrong}")
        seconds = stage.whole_at - undone_at
        detail = "every process healthy, every member streaming, one synchronous"
        return judge_seconds(stage, target, seconds, detail, samples=1)

    return claim


restored = whole_again("recovery.restored")

LEDGER: tuple[Claim[Stage], ...] = (nothing_lost, nothing_twice, nothing_unresolved)
ALWAYS: tuple[Claim[Stage], ...] = (*LEDGER, restored)
