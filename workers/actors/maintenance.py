"""Handlers of the maintenance messages; each job deletes one batch."""

from workers import maintenance
from workers.jobs.handlers import handles
from workers.maintenance import ForgetFinishedJobs, ForgetIdempotencyKeys


@handles(ForgetFinishedJobs, max_attempts=3)
async def forget_finished_jobs(message: ForgetFinishedJobs) -> None:
    """Delete a batch of old done jobs, and one of old dead jobs."""
    await maintenance.forget_finished_jobs(
        message.done_after_hours, message.dead_after_days * 24
    )


@handles(ForgetIdempotencyKeys, max_attempts=3)
async def forget_idempotency_keys(message: ForgetIdempotencyKeys) -> None:
    """Delete a batch of expired idempotency keys."""
    await maintenance.forget_idempotency_keys(message.after_hours)
