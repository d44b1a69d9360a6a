"""What becomes of the jobs that were promised."""

from chaos.acts import patience_seconds
from chaos.claims.judging import judge_ledger, judge_seconds, miss
from chaos.probes.jobs import wait_until_finished
from chaos.stage import Stage
from chaos.timeline import now
from exchange.outcomes import Measurement


async def every_job_finishes(stage: Stage) -> Measurement:
    of_all = f"of {len(stage.ledger.reports)} reports"
    return judge_ledger(
        stage,
        "recovery.unfinished-jobs",
        lambda found: len(found.unfinished),
        f"{{unfinished}} {of_all} unfinished, {{late}} late",
    )


async def backlog_drains(stage: Stage) -> Measurement:
    """From the end of the fault until all that was promised by then was done."""
    target, undone_at = "recovery.drained", stage.timeline.undone_at
    promised = [r.id for r in stage.ledger.reports.values() if r.at <= undone_at]
    done = stage.watcher.done
    waiting = [report for report in promised if report not in done]
    if waiting:
        detail = f"{len(waiting)} of {len(promised)} reports are still not done"
        return miss(stage, target, now() - undone_at, detail)
    last = max((done[report] for report in promised), default=undone_at)
    held = sum(done[report] > undone_at for report in promised)
    detail = f"{held} reports that waited for the broker were done"
    return judge_seconds(
        stage, target, max(0.0, last - undone_at), detail, samples=len(promised)
    )


async def cut_off_jobs_run_again(stage: Stage) -> Measurement:
    """From the death of a worker until others finished what it held."""
    target, fault_at = "recovery.redelivered", stage.timeline.fault_at
    jobs = stage.injury.jobs if stage.injury else ()
    until = fault_at + patience_seconds(stage)
    finished_at = await wait_until_finished(stage.environment, jobs, until=until)
    if finished_at is None:
        return miss(stage, target, now() - fault_at, "the jobs were never finished")
    detail = f"jobs that the worker held and others finished: {len(jobs)}"
    return judge_seconds(
        stage, target, finished_at - fault_at, detail, samples=len(jobs)
    )
