"""Claims of negative controls: met only when the checker reports the defect."""

from chaos.claims.judging import judge_caught
from chaos.ledger.audit import find_unfinished
from chaos.run_context import RunContext
from chaos.timeline import now
from exchange.outcomes import Measurement

DEADLINE_SECONDS = 12.0


async def checker_goes_red(
    context: RunContext, *, deadline_seconds: float = DEADLINE_SECONDS
) -> Measurement:
    """With the defect on, require the ledger audit to find reports not done in time."""
    began = now()
    await context.watcher.drain(until=began + deadline_seconds)
    unfinished = await find_unfinished(context.api, context.ledger)
    context.timeline.add_note(f"the checker found {len(unfinished)} reports unfinished")
    detail = (
        f"{len(unfinished)} of {len(context.ledger.reports)} reports unfinished after "
        f"{now() - began:.0f} s without the sweep"
    )
    return judge_caught(context, "recovery.negative-control", len(unfinished), detail)


async def sweep_finishes_them(context: RunContext) -> Measurement:
    """With the defect undone, require the same reports within the same time."""
    undone_at = context.timeline.undone_at
    done = context.watcher.done
    in_time = [
        report
        for report in context.ledger.reports
        if done.get(report, float("inf")) <= undone_at + DEADLINE_SECONDS
    ]
    late = len(context.ledger.reports) - len(in_time)
    detail = (
        f"{len(in_time)} of {len(context.ledger.reports)} reports done with the sweep"
    )
    return judge_caught(
        context, "recovery.negative-control", 0 if late else len(in_time), detail
    )
