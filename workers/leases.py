"""Keeping the leases of everything that runs in this process, in one statement."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.kernel.logs import logger
from workers import claims
from workers.claims import Claim
from workers.passing import PASSING

log = logger(__name__)

#: Two renewals may fail before a lease runs out.
RENEWALS_PER_LEASE = 3


class Running:
    """One attempt under way and until when it is surely ours."""

    def __init__(
        self, claim: Claim, work: asyncio.Task[None], lease: float, limit: float
    ) -> None:
        now = time.monotonic()
        self.claim = claim
        self.work = work
        self.leased_until = now + lease
        self.ends_by = now + limit
        self.lost = False

    def lose(self) -> None:
        """Stop the attempt: another worker has the job, or soon will."""
        if not self.lost:
            self.lost = True
            self.work.cancel()
            log.warning("lease lost", job=str(self.claim.id), actor=self.claim.actor)


class Leases:
    """Renews what runs, unless it is past its time limit or its lease ran out."""

    def __init__(self, lease_seconds: float) -> None:
        self.lease_seconds = lease_seconds
        self.running: set[Running] = set()

    @contextmanager
    def hold(
        self, claim: Claim, work: asyncio.Task[None], limit_seconds: float
    ) -> Iterator[Running]:
        """Renew the lease of this attempt while the block lasts."""
        running = Running(claim, work, self.lease_seconds, limit_seconds)
        self.running.add(running)
        try:
            yield running
        finally:
            self.running.discard(running)

    async def keep(self) -> None:
        """Renew for ever, several times a lease."""
        pause = self.lease_seconds / RENEWALS_PER_LEASE
        while True:
            await asyncio.sleep(pause)
            with contextlib.suppress(*PASSING):
                await self.renew()
            self._drop_expired()

    async def renew(self) -> None:
        """Extend every lease that may be extended; lose those that are gone."""
        now = time.monotonic()
        live = [one for one in self.running if now < min(one.ends_by, one.leased_until)]
        if not live:
            return
        kept = await claims.renew([one.claim for one in live], self.lease_seconds)
        for one in live:
            if one.claim.id in kept:
                one.leased_until = now + self.lease_seconds
            elif one in self.running:
                one.lose()

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for one in list(self.running):
            if one.leased_until < now:
                one.lose()
