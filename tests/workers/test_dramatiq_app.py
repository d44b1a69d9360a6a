"""Dramatiq's own command line runs the same actors."""

import asyncio
import signal

from tests.workers.conftest import put
from tests.workers.effects import WriteEffect, WriteQuickly


async def test_the_stock_command_line_runs_each_job_once(jobs, start):
    start.relay()
    worker = start.dramatiq_worker()
    await start.until_started()
    await put(WriteEffect("retried", behaviour="broken", only_attempt=1))
    for number in range(30):
        await put(WriteQuickly(f"job-{number}"))
        await put(WriteEffect(f"slow-{number}", seconds=0.05))

    await jobs.until_done(61)

    effects = await jobs.effects()
    assert len(effects) == 61
    assert set(effects.values()) == {1}
    assert await jobs.value("SELECT count(*) FROM starts") == 32
    worker.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.process.wait, 30) == 0


async def test_the_stock_command_line_finishes_the_running_job_on_term(jobs, start):
    start.relay()
    worker = start.dramatiq_worker()
    await start.until_started()
    await put(WriteEffect("running", seconds=1))
    await jobs.until("SELECT count(*) = 1 FROM starts")

    worker.process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(worker.process.wait, 30) == 0
    assert await jobs.effects() == {"running": 1}
    assert await jobs.value("SELECT (attempt, lost) = (1, 0) FROM jobs")
