"""The claimer: joins concurrent claims of one worker into shared statements."""

import asyncio
from collections import defaultdict
from uuid import UUID

from workers.jobs import claims
from workers.jobs.claims import Claim

CLAIM_BATCH = 100

Waiters = dict[UUID, list[asyncio.Future[Claim | None]]]


class Claimer:
    """Claims jobs for one worker process, one statement at a time.

    Claims that arrive while a statement runs share the next one.
    """

    def __init__(self, worker: str, lease_seconds: float) -> None:
        self.worker = worker
        self.lease_seconds = lease_seconds
        self._waiters: Waiters = defaultdict(list)
        self._claiming: asyncio.Task[None] | None = None

    async def claim(self, job: UUID) -> Claim | None:
        """Claim a job; None when it is not waiting and due. Raises Unavailable."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[job].append(waiter)
        if self._claiming is None or self._claiming.done():
            self._claiming = asyncio.create_task(self._claim_all())
        claim: Claim | None = await waiter
        return claim

    async def _claim_all(self) -> None:
        while self._waiters:
            jobs = list(self._waiters)[:CLAIM_BATCH]
            batch = {job: self._waiters.pop(job) for job in jobs}
            try:
                taken = await claims.take(jobs, self.worker, self.lease_seconds)
            except Exception as error:  # noqa: BLE001 - every waiter gets it
                _set_exception(batch, error)
            else:
                _set_results(batch, {claim.id: claim for claim in taken})


def _set_results(batch: Waiters, taken: dict[UUID, Claim]) -> None:
    """Give each claim to the job's first waiter; the others are duplicates."""
    for job, waiters in batch.items():
        claim = taken.get(job)
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(claim)
                claim = None


def _set_exception(batch: Waiters, error: Exception) -> None:
    for waiters in batch.values():
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)
