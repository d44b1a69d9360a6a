"""From the outbox to the effect, with everything in its place."""

import asyncio
import uuid

from tests.workers.conftest import put
from tests.workers.worker_under_test import WriteEffect


async def test_a_committed_message_has_its_effect_once(jobs, start):
    start.relay()
    start.worker()

    job = await put(WriteEffect("one"))
    await jobs.until_done(1)

    assert await jobs.effects() == {"one": 1}
    row = await jobs.row(job)
    assert (row["state"], row["attempt"], row["lease_until"]) == ("done", 1, None)


async def test_duplicate_deliveries_have_one_effect(jobs, start, broker_server):
    pass
