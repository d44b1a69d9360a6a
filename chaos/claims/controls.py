"""Claims that are met only when the checker goes red."""

from chaos.claims.judging import judge_caught
from chaos.ledger.audit import find_unfinished
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Measurement

DEADLINE_SECONDS = 12.0


async def checker_goes_red(
    stage: Stage, *, deadline_seconds: float = DEADLINE_SECONDS
) -> Measurement:
    """With the defect on, the ledger's checker must find reports not done in time."""
    began = now()
    await stage.watcher.drain(until=began + deadline_seconds)
    unfinished = await find_unfinished(stage.door, stage.ledger)
    stage.timeline.note(f"the checker found {len(unfinished)} reports unfinished")
    detail = (
        f"{len(unfinished)} of {len(stage.ledger.reports)} reports unfinished after "
        f"{now() - began:.0f} s without the sweep"
    )
    return judge_caught(stage, "recovery.negative-control", len(unfinished), detail)


async def sweep_finishes_them(stage: Stage) -> Measurement:
    """With the defect undone, the same reports must be done within the same time."""
    undone_at = stage.timeline.undone_at
    done = stage.watcher.done
    in_time = [
        report
        for report in stage.ledger.reports
        if done.get(report, float("inf")) <= undone_at + DEADLINE_SECONDS
    ]
    late = len(stage.ledger.reports) - len(in_time)
    detail = (
        f"{len(in_time)} of {len(stage.ledger.reports)} reports done with the sweep"
    )
    return judge_caught(
        stage, "recovery.negative-control", 0 if late else len(in_time), detail
    )
