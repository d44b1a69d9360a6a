"""What must hold after every fault, whatever it was."""

from chaos.claims.judging import audited, judge_none, judge_seconds, miss
from chaos.experiment import Claim
from chaos.stage import Stage
from chaos.timeline import now
from targets.verdict import Measurement


async def nothing_lost(stage: Stage) -> Measurement:
    found = audited(stage)
    detail = f"{len(found.lost)} of {found.acknowledged} acknowledged writes are gone"
    return judge_none(
        stage,
        "recovery.lost-writes",
        len(found.lost),
        detail,
        looked_at=found.acknowledged,
    )


async def nothing_twice(stage: Stage) -> Measurement:
    found = audited(stage)
    detail = f"{len(found.duplicate)} of {found.acknowledged} took effect twice"
    return judge_none(
        stage,
        "recovery.duplicate-effects",
        len(found.duplicate),
        detail,
        looked_at=found.acknowledged,
    )


async def nothing_unresolved(stage: Stage) -> Measurement:
    found = audited(stage)
    detail = (
        f"{len(found.ghost)} unanswered writes had happened, "
        f"{len(found.unresolved)} could not be settled"
    )
    return judge_none(
        stage,
        "recovery.unresolved-writes",
        len(found.unresolved),
        detail,
        looked_at=found.acknowledged,
    )


async def restored(stage: Stage) -> Measurement:
    target, undone_at = "recovery.restored", stage.timeline.undone_at
    if stage.whole_at is None:
        wrong = "; ".join(stage.still_wrong) or "the platform was never looked at"
        return miss(stage, target, now() - undone_at, f"still wrong: {wrong}")
    detail = "every process healthy, every member streaming, one synchronous"
    return judge_seconds(stage, target, stage.whole_at - undone_at, detail, samples=1)


ALWAYS: tuple[Claim[Stage], ...] = (
    nothing_lost,
    nothing_twice,
    nothing_unresolved,
    restored,
)
