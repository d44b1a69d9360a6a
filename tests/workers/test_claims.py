"""Claims, leases and fences in one worker."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from api.kernel.transactions import current, transaction
from tests.workers.conftest import put
from tests.workers.effects import HANDLERS, WriteEffect, WriteQuickly
from workers.jobs import claims
from workers.jobs.claimer import Claimer
from workers.jobs.claims import LeaseLost
from workers.jobs.runner import Runner


@pytest.fixture
def claimer(jobs) -> Claimer:
    return Claimer("test", jobs.settings.lease_seconds)


@pytest.fixture
def runner(jobs) -> Runner:
    lease = jobs.settings.lease_seconds
    return Runner(HANDLERS, worker="test", lease_seconds=lease)


async def test_one_of_many_concurrent_claims_of_a_job_is_granted(claimer):
    job = await put(WriteQuickly("one"))

    granted = await asyncio.gather(*(claimer.claim(job) for _ in range(10)))

    assert len([claim for claim in granted if claim is not None]) == 1


async def test_concurrent_claims_of_different_jobs_are_all_granted(claimer):
    ids = [await put(WriteQuickly(f"job-{n}")) for n in range(30)]

    granted = await asyncio.gather(*(claimer.claim(job) for job in ids))

    assert [claim.id for claim in granted] == ids


async def test_a_job_that_is_early_done_or_unknown_is_not_granted(claimer, jobs):
    later = datetime.now(UTC) + timedelta(hours=1)
    early = await put(WriteQuickly("early"), run_at=later)
    done = await put(WriteQuickly("done"))
    await jobs.superuser.execute(
        "UPDATE jobs SET state = 'done', finished_at = now() WHERE id = $1", done
    )

    wanted = [early, done, uuid.uuid4()]
    assert await asyncio.gather(*map(claimer.claim, wanted)) == [None, None, None]


async def test_a_locked_row_is_claimed_after_the_lock_is_released(claimer, jobs):
    job = await put(WriteQuickly("held"))
    holder = jobs.superuser.transaction()
    await holder.start()
    await jobs.superuser.fetch("SELECT 1 FROM jobs WHERE id = $1 FOR SHARE", job)

    claiming = asyncio.create_task(claimer.claim(job))
    await asyncio.wait({claiming}, timeout=0.3)
    assert not claiming.done()
    await holder.commit()

    assert (await claiming).id == job


async def test_each_claim_raises_the_fence_and_an_old_fence_completes_nothing(
    claimer, jobs
):
    job = await put(WriteQuickly("fenced"))
    old = await claimer.claim(job)
    await claims.retry(old, "first attempt failed", 0.0)
    new = await claimer.claim(job)
    assert (old.fence, new.fence) == (1, 2)

    async def complete_late() -> None:
        async with transaction(None):
            await current().execute("INSERT INTO effects VALUES ('late', 1)")
            await claims.complete(old)

    with pytest.raises(LeaseLost):
        await complete_late()
    await claims.dead_letter(old, "too late as well")
    await claims.give_back(old)

    assert await jobs.effects() == {}
    row = await jobs.row(job)
    assert (row["state"], row["fence"], row["error"]) == (
        "running",
        2,
        "first attempt failed",
    )


async def test_a_long_job_keeps_its_lease(jobs, start):
    start.relay()
    start.worker()
    start.worker()

    longer = jobs.settings.lease_seconds * 2
    await put(WriteEffect("long", seconds=longer))
    await jobs.until_done(1)

    assert await jobs.effects() == {"long": 1}
    assert await jobs.value("SELECT (attempt, lost) = (1, 0) FROM jobs")


async def test_an_attempt_is_stopped_when_its_lease_cannot_be_renewed(runner, jobs):
    job = await put(WriteEffect("taken", seconds=15))
    keeping = asyncio.create_task(runner.leases.renew_forever())
    running = asyncio.create_task(runner.run(job))
    await jobs.until("SELECT count(*) = 1 FROM starts")

    taken = time.monotonic()
    await jobs.superuser.execute("UPDATE jobs SET fence = fence + 1")
    await asyncio.wait_for(running, 10)
    keeping.cancel()

    assert time.monotonic() - taken < jobs.settings.lease_seconds
    assert await jobs.effects() == {}


async def test_an_interrupted_job_is_given_back_and_costs_no_attempt(runner, jobs):
    job = await put(WriteEffect("interrupted", seconds=15))
    running = asyncio.create_task(runner.run(job))
    await jobs.until("SELECT count(*) = 1 FROM starts")

    runner.interrupt()
    await asyncio.wait_for(running, 5)

    row = await jobs.row(job)
    assert (row["state"], row["attempt"], row["published_at"]) == ("waiting", 0, None)
    assert await jobs.effects() == {}


async def test_a_payload_that_does_not_decode_is_a_dead_letter_at_once(runner, jobs):
    job = await put(WriteQuickly("odd"))
    await jobs.superuser.execute("UPDATE jobs SET payload = '{\"key\": 1}'")

    await runner.run(job)

    row = await jobs.row(job)
    assert row["state"] == "dead"
    assert "ValidationError" in row["error"]
