"""From the outbox to the effect: exactly once despite lost or repeated messages."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.workers.conftest import put
from tests.workers.effects import WriteEffect, WriteQuickly
from workers.delivery.publications import notification


async def test_a_committed_message_has_its_effect_once(jobs, start):
    start.relay()
    start.worker()

    job = await put(WriteEffect("one"))
    await jobs.until_done(1)

    assert await jobs.effects() == {"one": 1}
    row = await jobs.row(job)
    assert (row["state"], row["attempt"], row["lease_until"]) == ("done", 1, None)


async def test_ten_deliveries_of_each_job_have_one_effect(
    jobs, start, broker_server, broker
):
    ids = [await put(WriteEffect(f"job-{n}", seconds=0.01)) for n in range(20)]
    for delivery in range(10):
        copies = [
            notification(job, delivery, WriteEffect.actor, "default") for job in ids
        ]
        broker.publish("default", copies)

    start.worker()
    start.worker()
    await jobs.until_done(20)
    await broker_server.until_holding(0)

    assert set((await jobs.effects()).values()) == {1}
    assert await jobs.value("SELECT count(*) FROM starts") == 20


async def test_a_wiped_broker_only_delays_jobs(jobs, start, broker_server):
    relay = start.relay()
    ids = [await put(WriteEffect(f"job-{n}")) for n in range(50)]
    await broker_server.until_holding(len(ids))

    broker_server.wipe()
    start.worker()
    await jobs.until_done(len(ids))

    assert set((await jobs.effects()).values()) == {1}
    assert relay.process.poll() is None


async def test_without_the_sweep_a_wiped_broker_loses_jobs(jobs, start, broker_server):
    """The negative control of the test above."""
    start.relay(HOLDFAST_SWEEP_SECONDS="0")
    await put(WriteEffect("lost"))
    await broker_server.until_holding(1)

    broker_server.wipe()
    start.worker()
    await put(WriteEffect("later"))
    await jobs.until_done(1)

    with pytest.raises(TimeoutError):
        await jobs.until_done(2, seconds=8)
    assert await jobs.effects() == {"later": 1}


async def test_jobs_put_while_the_broker_is_dead_run_when_it_is_back(
    jobs, start, broker_server
):
    start.relay()
    start.worker()
    await put(WriteQuickly("warm"))
    await jobs.until_done(1)

    broker_server.kill()
    for number in range(20):
        await put(WriteQuickly(f"job-{number}"))
    broker_server.start()
    await jobs.until_done(21)

    assert set((await jobs.effects()).values()) == {1}


async def test_a_frozen_broker_does_not_block_the_put_of_a_job(
    jobs, start, broker_server
):
    relay = start.relay()
    start.worker()
    await put(WriteQuickly("warm"))
    await jobs.until_done(1)

    broker_server.signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(2):
            await put(WriteQuickly("frozen"))
        await jobs.until("SELECT count(*) = 1 FROM jobs WHERE state = 'waiting'")
    finally:
        broker_server.signal(signal.SIGCONT)
    await jobs.until_done(2)

    assert relay.process.poll() is None


async def test_a_job_does_not_run_before_its_time(jobs, start):
    start.relay()
    start.worker()
    await put(WriteEffect("now"))
    await jobs.until_done(1)
    due = datetime.now(UTC) + timedelta(seconds=1.5)

    await put(WriteEffect("later"), run_at=due)
    await jobs.until_done(2)

    started = await jobs.value("SELECT at FROM starts WHERE key = 'later'")
    assert due <= started < due + timedelta(seconds=5)


async def test_two_relays_publish_each_job_once(jobs, start):
    start.relay()
    start.relay()
    start.worker()

    for number in range(100):
        await put(WriteQuickly(f"job-{number}"))
    await jobs.until_done(100)

    assert set((await jobs.effects()).values()) == {1}


async def test_the_relay_survives_the_loss_of_its_connections(jobs, start):
    relay = start.relay()
    start.worker()
    await put(WriteQuickly("before"))
    await jobs.until_done(1)

    await jobs.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE usename = 'holdfast_worker' AND application_name LIKE 'program-%'"
    )
    await put(WriteQuickly("after"))
    await jobs.until_done(2, seconds=5)

    assert relay.process.poll() is None
