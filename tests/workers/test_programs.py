"""The programs: memory, metrics, signals and error messages."""

import asyncio
import signal
import subprocess
import sys

import httpx
import pytest

from tests.conftest import free_port, wait_for
from tests.workers.conftest import put
from tests.workers.effects import WriteQuickly
from tests.workers.programs import ROOT
from workers.actors import ACTORS

MEGABYTE = 1024 * 1024

IMPORTS = """
import sys
import workers.__main__
wrong = [name for name in sys.modules
         if name == "litestar" or name.startswith(("litestar.", "api.app"))
         or name.startswith("api.") and name.endswith((".controller", ".schemas"))]
print(wrong)
"""


def test_the_worker_imports_nothing_of_the_http_endpoints():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], check=True, capture_output=True, cwd=ROOT
    )
    assert done.stdout.strip() == b"[]"


async def test_worker_and_relay_use_less_than_a_hundred_megabytes(jobs, start):
    relay, worker = start.relay(), start.program()
    await worker.until_logged("worker_started")
    for _ in range(50):
        await put(ACTORS[-1].ForgetFinishedJobs())
    await jobs.until_done(50)

    assert worker.memory < 100 * MEGABYTE
    assert relay.memory < 100 * MEGABYTE


async def test_relay_and_worker_export_the_queues_metrics(start):
    relay_port, worker_port = free_port(), free_port()
    for number in range(3):
        await put(WriteQuickly(f"waiting-{number}"))
    start.relay(HOLDFAST_METRICS_BIND=f"127.0.0.1:{relay_port}")

    depth = 'holdfast_jobs_waiting{queue="default"} 3.0'
    await _until_exported(relay_port, depth)
    await _until_exported(relay_port, 'holdfast_job_oldest_seconds{queue="default"}')

    start.worker(HOLDFAST_METRICS_BIND=f"127.0.0.1:{worker_port}")
    done = (
        'holdfast_job_duration_seconds_count{actor="tests.write_quickly",'
        'outcome="done"} 3.0'
    )
    await _until_exported(worker_port, done)
    await _until_exported(
        worker_port, 'holdfast_job_wait_seconds_count{queue="default"} 3.0'
    )
    await _until_exported(relay_port, 'holdfast_jobs_waiting{queue="default"} 0.0')
    await _until_exported(relay_port, "holdfast_outbox_unpublished 0.0")


@pytest.mark.usefixtures("jobs")
async def test_a_queue_that_never_held_a_job_reads_zero(start):
    port = free_port()
    start.relay(HOLDFAST_METRICS_BIND=f"127.0.0.1:{port}")

    await _until_exported(port, 'holdfast_job_oldest_seconds{queue="default"} 0.0')
    await _until_exported(port, 'holdfast_jobs_waiting{queue="default"} 0.0')


@pytest.mark.usefixtures("standby")
async def test_the_relay_exports_the_lag_of_every_member(start):
    port = free_port()
    start.relay(HOLDFAST_METRICS_BIND=f"127.0.0.1:{port}")

    await _until_exported(port, "holdfast_replication_lag_seconds{member=")


async def test_every_program_exits_cleanly_on_term(jobs, start):
    programs = [start.program(), start.relay(), start.program("scheduler")]
    for program in programs:
        await program.until_logged("program_started")
    await jobs.until("SELECT count(*) > 0 FROM schedules")

    for program in programs:
        program.signal(signal.SIGTERM)
    codes = [await asyncio.to_thread(one.process.wait, 15) for one in programs]

    assert codes == [0, 0, 0]
    assert all("Traceback" not in one.log.read_text() for one in programs)


async def test_a_missing_setting_is_named_in_one_line(start):
    program = start.program(HOLDFAST_DATABASE_HOSTS="")

    assert await asyncio.to_thread(program.process.wait, 15) == 2
    output = program.log.read_text()
    assert "HOLDFAST_DATABASE_HOSTS" in output
    assert len(output.splitlines()) == 1


async def _until_exported(port: int, text: str) -> None:
    async with httpx.AsyncClient() as client:

        async def is_exported() -> bool:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/metrics")
            except httpx.TransportError:
                return False
            return text in answer.text

        await wait_for(is_exported)


async def test_idle_programs_use_less_than_a_tenth_of_a_core(jobs, start):
    programs = [start.program(), start.relay(), start.program("scheduler")]
    await programs[0].until_logged("worker_started")
    await jobs.until("SELECT count(*) > 0 FROM schedules")
    await put(ACTORS[-1].ForgetFinishedJobs())
    await jobs.until_done(1)

    before = [one.processor_seconds for one in programs]
    await asyncio.sleep(3)  # the measured interval
    used = [
        one.processor_seconds - then for one, then in zip(programs, before, strict=True)
    ]

    assert max(used) < 0.3
