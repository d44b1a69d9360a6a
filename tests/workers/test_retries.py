"""Retries, time limits, dead letters and their replay."""

import asyncio
import json
import uuid

import pytest

from api.identity.messages import ForgetEnded
from api.kernel import context
from api.kernel.errors import Missing, Unavailable
from tests.workers.conftest import put
from tests.workers.effects import HANDLERS, RunLate, WriteEffect, WriteQuickly
from workers.actors import identity
from workers.jobs.handlers import DuplicateHandler, handles
from workers.jobs.retries import LONGEST_RETRY_SECONDS, decide_retry

BACKOFF = """
SELECT extract(epoch FROM run_at - now()) > 0 AND state = 'waiting'
    AND published_at IS NULL FROM jobs WHERE attempt = 1
"""


async def test_a_failed_attempt_leaves_no_effect_and_its_retry_waits_in_postgres(
    jobs, start
):
    start.relay()
    start.worker()
    await start.until_started()

    await put(WriteEffect("once", behaviour="broken", only_attempt=1))
    await jobs.until(BACKOFF, seconds=10)
    assert await jobs.effects() == {}
    await jobs.until_done(1)

    assert await jobs.effects() == {"once": 1}
    gap = await jobs.value("SELECT max(at) - min(at) FROM starts")
    assert gap.total_seconds() >= 0.5


async def test_a_job_that_always_fails_is_a_dead_letter_after_its_attempts(jobs, start):
    start.relay()
    start.worker()

    await put(WriteEffect("broken", behaviour="broken"))
    await jobs.until("SELECT state = 'dead' FROM jobs")

    assert await jobs.value("SELECT attempt FROM jobs") == 3
    error = await jobs.value("SELECT error FROM jobs")
    assert "RuntimeError" in error
    assert "canary" not in error
    assert await jobs.effects() == {}


async def test_a_final_error_is_a_dead_letter_at_once_with_its_message(jobs, start):
    start.relay()
    start.worker()

    await put(WriteEffect("gone", behaviour="missing"))
    await jobs.until("SELECT state = 'dead' FROM jobs")

    assert await jobs.value("SELECT attempt FROM jobs") == 1
    assert "The thing is gone." in await jobs.value("SELECT error FROM jobs")


async def test_a_job_past_its_time_limit_is_stopped_without_effect(jobs, start):
    start.relay()
    start.worker()
    await start.until_started()

    await put(RunLate("late"))
    await jobs.until("SELECT state = 'dead' FROM jobs", seconds=10)

    assert "TimeLimitReached" in await jobs.value("SELECT error FROM jobs")
    assert await jobs.effects() == {}


async def test_a_failing_job_does_not_delay_the_others(jobs, start):
    start.relay()
    start.worker()
    await start.until_started()

    await put(WriteEffect("broken", behaviour="broken"))
    for number in range(20):
        await put(WriteQuickly(f"job-{number}"))
    await jobs.until_done(20, seconds=10)


async def test_a_dead_letter_is_listed_and_replayed_once(jobs, start):
    start.relay()
    start.worker()
    job = await put(WriteEffect("gone", behaviour="missing", only_attempt=1))
    await jobs.until("SELECT state = 'dead' FROM jobs")

    code, listed = await _run(start, "dead", "list", "--json")
    assert code == 0
    assert [one["id"] for one in json.loads(listed)] == [str(job)]
    assert "gone" in (await _run(start, "dead", "list"))[1]

    assert await _run(start, "dead", "replay", str(job)) == (0, "1 replayed\n")
    await jobs.until_done(1)
    assert await _run(start, "dead", "replay", "all") == (0, "0 replayed\n")
    assert await jobs.effects() == {"gone": 1}
    assert await jobs.value("SELECT attempt FROM jobs") == 1


async def test_the_log_of_a_job_has_the_ids_of_its_request(jobs, start):
    start.relay()
    worker = start.worker()
    organization = uuid.uuid4()
    token = context.request_id.set("request-under-test")
    trace = context.traceparent.set(f"00-{'a' * 32}-{'b' * 16}-01")
    try:
        message = WriteEffect("logged", behaviour="missing")
        await put(message, organization_id=organization)
    finally:
        context.request_id.reset(token)
        context.traceparent.reset(trace)
    await jobs.until("SELECT state = 'dead' FROM jobs")

    lines = [json.loads(line) for line in worker.log.read_text().splitlines()]
    (line,) = [one for one in lines if one["event"] == "job_dead"]
    assert line["request_id"] == "request-under-test"
    assert line["trace_id"] == "a" * 32
    assert line["organization_id"] == str(organization)


@pytest.mark.parametrize("attempt", [1, 4, 9])
def test_backoff_doubles_with_jitter_up_to_its_limit(attempt):
    handler = HANDLERS[WriteQuickly.actor]
    expected = min(2.0 ** (attempt - 1), LONGEST_RETRY_SECONDS)

    waits = [decide_retry(OSError(), handler, attempt).retry_seconds for _ in range(50)]

    assert all(expected / 2 <= wait <= expected * 1.5 for wait in waits)
    assert len(set(waits)) > 40


def test_a_retry_waits_at_least_as_long_as_unavailable_demands():
    handler = HANDLERS[WriteQuickly.actor]
    away = Unavailable("away", retry_after_seconds=120)

    assert decide_retry(away, handler, 1).retry_seconds == 120
    assert decide_retry(Missing("gone"), handler, 1).retry_seconds is None


def test_an_actor_has_one_handler():
    assert identity  # the import registers its handlers
    with pytest.raises(DuplicateHandler, match=ForgetEnded.actor):
        handles(ForgetEnded)(lambda _: asyncio.sleep(0))


async def _run(start, *arguments: str) -> tuple[int, str]:
    program = start.program(*arguments)
    code = await asyncio.to_thread(program.process.wait, 30)
    return code, program.log.read_text()
