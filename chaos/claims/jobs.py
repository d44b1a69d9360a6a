"""Claims about acknowledged jobs."""

from chaos.claims.judging import judge_ledger, judge_seconds, miss
from chaos.probes.jobs import wait_until_finished
from chaos.run_context import RunContext
from chaos.steps import timeout_seconds
from chaos.timeline import now
from exchange.outcomes import Measurement


async def every_job_finishes(context: RunContext) -> Measurement:
    of_all = f"of {len(context.ledger.reports)} reports"
    return judge_ledger(
        context,
        "recovery.unfinished-jobs",
        lambda found: len(found.unfinished),
        f"{{unfinished}} {of_all} unfinished, {{late}} late",
    )


async def backlog_drains(context: RunContext) -> Measurement:
    """Measure from the end of the fault until all jobs promised by then are done."""
    target, undone_at = "recovery.drained", context.timeline.undone_at
    promised = [r.id for r in context.ledger.reports.values() if r.at <= undone_at]
    done = context.watcher.done
    waiting = [report for report in promised if report not in done]
    if waiting:
        detail = f"{len(waiting)} of {len(promised)} reports are still not done"
        return miss(context, target, now() - undone_at, detail)
    last = max((done[report] for report in promised), default=undone_at)
    held = sum(done[report] > undone_at for report in promised)
    detail = f"{held} reports that waited for the broker were done"
    return judge_seconds(
        context, target, max(0.0, last - undone_at), detail, samples=len(promised)
    )


async def cut_off_jobs_run_again(context: RunContext) -> Measurement:
    """Measure from a worker's death until other workers finished its jobs."""
    target, fault_at = "recovery.redelivered", context.timeline.fault_at
    jobs = context.fault_record.jobs if context.fault_record else ()
    until = fault_at + timeout_seconds(context)
    finished_at = await wait_until_finished(context.environment, jobs, until=until)
    if finished_at is None:
        return miss(context, target, now() - fault_at, "the jobs were never finished")
    detail = f"jobs that the worker held and others finished: {len(jobs)}"
    return judge_seconds(
        context, target, finished_at - fault_at, detail, samples=len(jobs)
    )
