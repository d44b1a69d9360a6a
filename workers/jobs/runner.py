"""The runner: claims a job, runs its handler, and records how the attempt ended.

The handler's effect and the job's completion are one transaction. `retries` decides
about a failed attempt.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import msgspec

from api.kernel import metrics
from api.kernel.logs import logger
from api.kernel.transactions import transaction
from workers import job_tracing
from workers.backoff import TRANSIENT_ERRORS, Backoff
from workers.jobs import claims
from workers.jobs.claimer import Claimer
from workers.jobs.claims import Claim, LeaseLost
from workers.jobs.handlers import Handler
from workers.jobs.leases import Leases, RunningAttempt
from workers.jobs.retries import decide_retry

log = logger(__name__)

T = TypeVar("T")

#: The time an attempt gets to react to its cancellation.
CANCEL_SECONDS = 5.0


class TimeLimitReached(Exception):
    """The attempt exceeded its handler's time limit."""


class Runner:
    """Runs the jobs of one worker process on its event loop."""

    def __init__(
        self, handlers: dict[str, Handler], *, worker: str, lease_seconds: float
    ) -> None:
        self.handlers = handlers
        self.lease_seconds = lease_seconds
        self.leases = Leases(lease_seconds)
        self.claimer = Claimer(worker, lease_seconds)
        self.stopping = False

    async def run(self, job: UUID) -> None:
        """Run a job if it can be claimed. Never raises an error of its handler.

        While the database is away the claim is retried for the length of a lease; then
        the message is dropped and the sweep publishes the job again.
        """
        claim = await self._retry_while_away(lambda: self.claimer.claim(job))
        if claim is None:
            return
        metrics.JOB_WAIT.labels(claim.queue).observe(max(claim.waited_seconds, 0.0))
        if self.stopping:
            await claims.give_back(claim)
            return
        with job_tracing.context_of(claim):
            await self._attempt(claim, self.handlers[claim.actor])

    def interrupt(self) -> None:
        """Cancel every running attempt; each job is given back at once."""
        self.stopping = True
        for running in list(self.leases.running):
            running.work.cancel()

    async def _attempt(self, claim: Claim, handler: Handler) -> None:
        started = time.monotonic()
        limit = handler.time_limit_seconds
        work = asyncio.create_task(_effect(claim, handler))
        with self.leases.hold(claim, work, limit) as running:
            await asyncio.wait({work}, timeout=limit)
            expired = not work.done()
            if expired:
                work.cancel()
                await asyncio.wait({work}, timeout=CANCEL_SECONDS)
            outcome = await self._settle(running, handler, _error_of(work, expired))
        seconds = time.monotonic() - started
        metrics.JOB_DURATION.labels(claim.actor, outcome).observe(
            seconds, job_tracing.exemplar(outcome)
        )

    async def _settle(
        self, running: RunningAttempt, handler: Handler, error: BaseException | None
    ) -> str:
        """Record how the attempt ended and return the outcome's name.

        If the response to a COMMIT was lost, the row is right either way: it is done
        together with its effect, or it is still claimed and waits for another attempt.
        """
        claim = running.claim
        if error is None:
            return "done"
        if running.lease_lost or isinstance(error, LeaseLost):
            log.warning("job_taken_away", job=str(claim.id), actor=claim.actor)
            return "retried"
        if isinstance(error, asyncio.CancelledError):
            await self._retry_while_away(lambda: claims.give_back(claim))
            return "retried"
        return await self._record_failure(claim, handler, error)

    async def _record_failure(
        self, claim: Claim, handler: Handler, error: BaseException
    ) -> str:
        decision = decide_retry(error, handler, claim.attempt)
        text, wait = decision.error, decision.retry_seconds
        facts = {"job": str(claim.id), "actor": claim.actor, "attempt": claim.attempt}
        if wait is None:
            log.error("job_dead", error=text, exc_info=error, **facts)
            await self._retry_while_away(lambda: claims.dead_letter(claim, text))
            return "dead"
        log.warning("job_failed", error=text, retry_seconds=wait, **facts)
        await self._retry_while_away(lambda: claims.retry(claim, text, wait))
        return "retried"

    async def _retry_while_away(
        self, statement: Callable[[], Awaitable[T]]
    ) -> T | None:
        """Retry a fenced statement while the database is unavailable, for one lease."""
        deadline = time.monotonic() + self.lease_seconds
        backoff = Backoff(0.1, 1.0)
        while True:
            try:
                return await statement()
            except TRANSIENT_ERRORS as error:
                if time.monotonic() > deadline or self.stopping:
                    log.warning("database_away", error=type(error).__name__)
                    return None
            await asyncio.sleep(backoff.next_seconds())


async def _effect(claim: Claim, handler: Handler) -> None:
    message = msgspec.json.decode(claim.payload, type=handler.message)
    async with transaction(claim.organization_id):
        await handler.run(message)
        await claims.complete(claim)


def _error_of(work: asyncio.Task[None], expired: bool) -> BaseException | None:  # noqa: FBT001 - one caller
    """Return why the attempt failed, or None if it succeeded, even after the limit."""
    if not work.done() or work.cancelled():
        return TimeLimitReached() if expired else asyncio.CancelledError()
    return work.exception()
