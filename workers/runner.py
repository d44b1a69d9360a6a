"""Running one job: claim, then effect and completion together, or another try."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import msgspec

from api.kernel import telemetry
from api.kernel.logs import logger
from api.kernel.transactions import transaction
from workers import claims, following
from workers.actor import Handler
from workers.backoff import Backoff
from workers.claimer import Claimer
from workers.claims import Claim, LeaseLost
from workers.failures import judge
from workers.leases import Leases, Running
from workers.passing import PASSING

log = logger(__name__)

T = TypeVar("T")

#: How long an attempt may take to notice that it was cancelled.
CANCEL_SECONDS = 5.0


class TimeLimitReached(Exception):
    """The attempt ran for longer than its handler may."""


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
        """Run a job if it is to be had; never raises for what its handler does.

        While the database is away the claim is tried for the length of a lease; then
        the hint is dropped and the sweep publishes the job anew.
        """
        claim = await self._insist(lambda: self.claimer.claim(job))
        if claim is None:
            return
        telemetry.JOB_WAIT.labels(claim.queue).observe(max(claim.waited_seconds, 0.0))
        if self.stopping:
            await claims.give_back(claim)
            return
        with following.context_of(claim):
            await self._attempt(claim, self.handlers[claim.actor])

    def interrupt(self) -> None:
        """Stop every attempt under way; each gives its job back at once."""
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
        telemetry.JOB_DURATION.labels(claim.actor, outcome).observe(
            seconds, following.exemplar(outcome)
        )

    async def _settle(
        self, running: Running, handler: Handler, error: BaseException | None
    ) -> str:
        """Write down how the attempt ended; the outcome's name.

        After a COMMIT whose answer never came the row says by itself what holds: it is
        done with its effect, or it is still ours and waits for another attempt.
        """
        claim = running.claim
        if error is None:
            return "done"
        if running.lost or isinstance(error, LeaseLost):
            log.warning("job was taken away", job=str(claim.id), actor=claim.actor)
            return "retried"
        if isinstance(error, asyncio.CancelledError):
            await self._insist(lambda: claims.give_back(claim))
            return "retried"
        return await self._record(claim, handler, error)

    async def _record(
        self, claim: Claim, handler: Handler, error: BaseException
    ) -> str:
        fate = judge(error, handler, claim.attempt)
        facts = {"job": str(claim.id), "actor": claim.actor, "attempt": claim.attempt}
        if fate.retry_seconds is None:
            log.error("job is dead", error=fate.error, exc_info=error, **facts)
            await self._insist(lambda: claims.bury(claim, fate.error))
            return "dead"
        wait = fate.retry_seconds
        log.warning("job failed", error=fate.error, retry_seconds=wait, **facts)
        await self._insist(lambda: claims.retry(claim, fate.error, wait))
        return "retried"

    async def _insist(self, statement: Callable[[], Awaitable[T]]) -> T | None:
        """Repeat a fenced statement while the database is away, for one lease."""
        deadline = time.monotonic() + self.lease_seconds
        backoff = Backoff(0.1, 1.0)
        while True:
            try:
                return await statement()
            except PASSING as away:
                if time.monotonic() > deadline or self.stopping:
                    log.warning("database away", error=type(away).__name__)
                    return None
            await asyncio.sleep(backoff.next_seconds())


async def _effect(claim: Claim, handler: Handler) -> None:
    message = msgspec.json.decode(claim.payload, type=handler.message)
    async with transaction(claim.organization):
        await handler.run(message)
        await claims.complete(claim)


def _error_of(work: asyncio.Task[None], expired: bool) -> BaseException | None:  # noqa: FBT001 - one caller
    """Why the attempt did not succeed; None when it did, however late."""
    if not work.done() or work.cancelled():
        return TimeLimitReached() if expired else asyncio.CancelledError()
    return work.exception()
