"""The relay and its sweep: what they publish, and how long the relay waits."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.workers.conftest import put
from tests.workers.effects import WriteQuickly
from workers.delivery import publications
from workers.delivery.relay import Relay
from workers.jobs.sweep import POISON_LEASES, Sweep


async def test_a_due_job_whose_row_is_locked_does_not_spin_the_relay(jobs, broker):
    relay = Relay(broker, poll_seconds=1)
    await put(WriteQuickly("held"))
    holder = jobs.superuser.transaction()
    await holder.start()
    await jobs.superuser.fetch("SELECT 1 FROM jobs FOR SHARE")

    assert await relay.publish_due() == 0
    assert await relay.pause_seconds() > 0

    await holder.rollback()
    assert await relay.publish_due() == 1


@pytest.mark.usefixtures("jobs")
async def test_the_relay_waits_until_the_next_job_is_due(broker):
    relay = Relay(broker, poll_seconds=10)
    assert await relay.pause_seconds() == 10

    due = datetime.now(UTC) + timedelta(seconds=5)
    await put(WriteQuickly("later"), run_at=due)

    assert 0 < await relay.pause_seconds() <= 5


@pytest.mark.usefixtures("jobs")
async def test_jobs_are_published_in_the_order_they_were_put():
    ids = [await put(WriteQuickly(f"job-{n}")) for n in range(30)]

    assert [one.id for one in await publications.take_due(100)] == ids


async def test_a_stranded_job_is_published_again_although_redis_has_it(jobs, broker):
    relay = Relay(broker, poll_seconds=1)
    await put(WriteQuickly("stranded"))
    assert await relay.publish_due() == 1
    broker.fetch("default", 1)  # as a worker that dies afterwards
    await jobs.superuser.execute(
        "UPDATE jobs SET published_at = now() - interval '5 minutes'"
    )
    sweep = Sweep(relay)

    assert await sweep.publish_overdue() == 0
    assert await sweep.publish_stranded() == 1
    assert len(broker.fetch("default", 10)) == 1
    assert await sweep.publish_stranded() == 0


async def test_a_job_that_lost_too_many_leases_is_a_dead_letter(jobs, broker):
    sweep = Sweep(Relay(broker, poll_seconds=1))
    job = await put(WriteQuickly("expired"))
    expire = """
    UPDATE jobs SET state = 'running', lease_until = now() - interval '1 second',
        worker = 'gone', fence = fence + 1
    """
    states = []
    for _ in range(POISON_LEASES):
        await jobs.superuser.execute(expire)
        assert await sweep.expire_leases() == 1
        states.append((await jobs.row(job))["state"])

    assert states == ["waiting"] * (POISON_LEASES - 1) + ["dead"]
    assert await sweep.expire_leases() == 0


async def test_a_valid_lease_is_not_expired(jobs, broker):
    await put(WriteQuickly("running"))
    await jobs.superuser.execute(
        "UPDATE jobs SET state = 'running', lease_until = now() + interval '1 minute'"
    )

    assert await Sweep(Relay(broker, poll_seconds=1)).expire_leases() == 0
