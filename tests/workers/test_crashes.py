"""Workers and relays that are killed, frozen or poisoned at the worst moment."""

import asyncio
import signal

from tests.workers.conftest import put
from tests.workers.effects import WriteEffect, WriteQuickly
from workers.delivery import publications
from workers.delivery.relay import Relay


async def test_a_job_whose_worker_is_killed_runs_again_and_has_one_effect(jobs, start):
    start.relay()
    killed = start.worker()
    await put(WriteEffect("killed", seconds=2))
    await jobs.until("SELECT count(*) = 1 FROM starts")

    killed.signal(signal.SIGSTOP)
    start.worker()
    killed.kill()
    await jobs.until_done(1)

    assert await jobs.effects() == {"killed": 1}
    assert await jobs.value("SELECT lost FROM jobs") == 1
    assert await jobs.value("SELECT count(*) FROM starts") == 2


async def test_a_worker_frozen_beyond_its_lease_leaves_no_effect(jobs, start):
    start.relay()
    zombie = start.worker()
    await put(WriteEffect("frozen", seconds=1))
    await jobs.until("SELECT count(*) = 1 FROM starts")

    zombie.signal(signal.SIGSTOP)
    start.worker()
    await jobs.until("SELECT count(*) = 2 FROM starts")
    zombie.signal(signal.SIGCONT)
    await jobs.until_done(1)
    await zombie.until_logged("lease_lost")

    assert await jobs.effects() == {"frozen": 1}
    assert await jobs.value("SELECT fence FROM jobs") == 2


async def test_jobs_that_a_killed_worker_had_only_fetched_run_elsewhere(jobs, start):
    start.relay()
    greedy = start.worker(HOLDFAST_WORKER_THREADS="1")
    await put(WriteEffect("running", seconds=60))
    await jobs.until("SELECT count(*) = 1 FROM starts")
    for number in range(20):
        await put(WriteQuickly(f"fetched-{number}"))
    await jobs.until(
        "SELECT count(*) = 20 FROM jobs WHERE state = 'waiting'"
        " AND published_at IS NOT NULL"
    )

    greedy.kill()
    start.worker()
    await jobs.until_done(20, seconds=40)

    assert set((await jobs.effects()).values()) == {1}


async def test_a_job_that_kills_its_workers_ends_as_a_dead_letter(jobs, start):
    poison = await put(WriteEffect("poison", behaviour="poison"))
    await put(WriteQuickly("bystander"))
    start.relay()

    for _ in range(5):
        poisoned = start.worker()
        await asyncio.to_thread(poisoned.process.wait, 30)
    start.worker()
    await jobs.until("SELECT state = 'dead' FROM jobs WHERE id = $1", poison)

    assert await jobs.effects() == {"bystander": 1}
    row = await jobs.row(poison)
    assert "lease lost" in row["error"]
    assert row["lost"] == 5


async def test_a_relay_killed_between_mark_and_publish_only_delays_jobs(jobs, start):
    await put(WriteEffect("marked"))
    assert len(await publications.take_due(10)) == 1

    start.relay()
    start.worker()
    await jobs.until_done(1)

    assert await jobs.effects() == {"marked": 1}


async def test_a_job_published_twice_after_a_relay_crash_has_one_effect(
    jobs, start, broker
):
    """Publishing is idempotent, so a missing mark costs nothing."""
    relay = Relay(broker, poll_seconds=1)
    await put(WriteEffect("published"))
    batch = await publications.take_due(10)
    assert await relay.publish(batch) == 1
    await publications.unmark(batch)
    assert await relay.publish(await publications.take_due(10)) == 0

    start.relay()
    start.worker()
    await jobs.until_done(1)

    assert await jobs.effects() == {"published": 1}


async def test_a_message_repeated_after_its_effect_is_only_acknowledged(
    jobs, start, broker_server, broker
):
    """As after a worker's crash between the effect and the acknowledgement."""
    await put(WriteEffect("acknowledged"))
    relay = Relay(broker, poll_seconds=1)
    batch = await publications.take_due(10)
    await relay.publish(batch)
    start.worker()
    await jobs.until_done(1)
    await relay.publish(batch, again=True)
    await broker_server.until_holding(0)

    assert await jobs.effects() == {"acknowledged": 1}
    assert await jobs.value("SELECT attempt FROM jobs") == 1


async def test_a_draining_worker_finishes_its_running_job_and_returns_the_others(
    jobs, start
):
    start.relay()
    leaving = start.worker(HOLDFAST_WORKER_THREADS="1")
    await put(WriteEffect("running", seconds=1))
    await jobs.until("SELECT count(*) = 1 FROM starts")
    for number in range(5):
        await put(WriteQuickly(f"waiting-{number}"))

    leaving.signal(signal.SIGTERM)
    await asyncio.to_thread(leaving.process.wait, 15)
    assert leaving.process.returncode == 0
    assert await jobs.effects() == {"running": 1}
    await start.worker().until_logged("worker_started")
    await jobs.until_done(6, seconds=5)

    assert set((await jobs.effects()).values()) == {1}
