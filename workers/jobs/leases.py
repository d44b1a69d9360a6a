"""Lease renewal for all attempts that run in this process, in one statement."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.kernel.logs import logger
from workers.backoff import TRANSIENT_ERRORS
from workers.jobs import claims
from workers.jobs.claims import Claim

log = logger(__name__)

#: Two renewals may fail before a lease expires.
RENEWALS_PER_LEASE = 3


class RunningAttempt:
    """An attempt in progress, the end of its lease and its time limit."""

    def __init__(
        self, claim: Claim, work: asyncio.Task[None], lease: float, limit: float
    ) -> None:
        now = time.monotonic()
        self.claim = claim
        self.work = work
        self.leased_until = now + lease
        self.ends_by = now + limit
        self.lease_lost = False

    def cancel_after_lease_loss(self) -> None:
        """Cancel the attempt: another worker has the job, or soon will."""
        if not self.lease_lost:
            self.lease_lost = True
            self.work.cancel()
            log.warning("lease_lost", job=str(self.claim.id), actor=self.claim.actor)


class Leases:
    """Renews the leases of running attempts until their time limit."""

    def __init__(self, lease_seconds: float) -> None:
        self.lease_seconds = lease_seconds
        self.running: set[RunningAttempt] = set()

    @contextmanager
    def hold(
        self, claim: Claim, work: asyncio.Task[None], limit_seconds: float
    ) -> Iterator[RunningAttempt]:
        """Renew the lease of this attempt while the block lasts."""
        running = RunningAttempt(claim, work, self.lease_seconds, limit_seconds)
        self.running.add(running)
        try:
            yield running
        finally:
            self.running.discard(running)

    async def renew_forever(self) -> None:
        """Renew all leases RENEWALS_PER_LEASE times within a lease."""
        pause = self.lease_seconds / RENEWALS_PER_LEASE
        while True:
            await asyncio.sleep(pause)
            with contextlib.suppress(*TRANSIENT_ERRORS):
                await self.renew()
            self._cancel_expired()

    async def renew(self) -> None:
        """Extend the leases within their limits; cancel attempts that lost theirs."""
        now = time.monotonic()
        live = [one for one in self.running if now < min(one.ends_by, one.leased_until)]
        if not live:
            return
        renewed = await claims.renew([one.claim for one in live], self.lease_seconds)
        for one in live:
            if one.claim.id in renewed:
                one.leased_until = now + self.lease_seconds
            elif one in self.running:
                one.cancel_after_lease_loss()

    def _cancel_expired(self) -> None:
        now = time.monotonic()
        for one in list(self.running):
            if one.leased_until < now:
                one.cancel_after_lease_loss()
