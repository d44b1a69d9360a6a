"""Schedules: one job for each due time, and cron lines without surprises."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.workers.effects import WriteQuickly
from workers.schedule import cron
from workers.schedule.cron import CronRefused, next_after
from workers.schedule.entries import SCHEDULE, Scheduled

EVERY_MINUTE = Scheduled("every-minute", "* * * * *", WriteQuickly("scheduled"))


async def test_five_schedulers_put_one_job_for_each_due_time(jobs, start):
    await cron.declare(SCHEDULE)
    await jobs.superuser.execute("UPDATE schedules SET next_at = now() + interval '1h'")

    schedulers = [start.program("scheduler") for _ in range(5)]
    await start.until_started()
    await jobs.superuser.execute("UPDATE schedules SET next_at = now()")
    await jobs.until("SELECT count(*) = $1 FROM jobs", len(SCHEDULE))
    await jobs.until("SELECT bool_and(next_at > now()) FROM schedules")

    assert await jobs.value("SELECT count(*) FROM jobs") == len(SCHEDULE)
    assert all(one.process.poll() is None for one in schedulers)


async def test_concurrent_schedulers_put_one_job(jobs):
    await cron.declare([EVERY_MINUTE])
    await jobs.superuser.execute("UPDATE schedules SET next_at = now()")

    counts = await asyncio.gather(
        *(cron.put_due_jobs([EVERY_MINUTE]) for _ in range(5))
    )

    assert sorted(counts) == [0, 0, 0, 0, 1]
    assert await jobs.value("SELECT count(*) FROM jobs") == 1


async def test_missed_due_times_collapse_into_one_job(jobs):
    await cron.declare([EVERY_MINUTE])
    await jobs.superuser.execute(
        "UPDATE schedules SET next_at = date_trunc('minute', now()) - interval '1 day'"
    )

    assert await cron.put_due_jobs([EVERY_MINUTE]) == 1
    assert await cron.put_due_jobs([EVERY_MINUTE]) == 0
    assert await jobs.value("SELECT next_at > now() FROM schedules")


async def test_declaring_an_unchanged_line_keeps_its_next_time(jobs):
    await cron.declare([EVERY_MINUTE])
    await jobs.superuser.execute("UPDATE schedules SET next_at = '2020-01-01'")

    await cron.declare([EVERY_MINUTE])
    assert await jobs.value("SELECT next_at = '2020-01-01' FROM schedules")

    hourly = Scheduled("every-minute", "0 * * * *", WriteQuickly("scheduled"))
    await cron.declare([hourly])
    assert await jobs.value("SELECT next_at > now() FROM schedules")

    await cron.declare([])
    assert await jobs.value("SELECT count(*) FROM schedules") == 0


def test_the_next_time_is_after_the_moment_in_utc():
    moment = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    assert next_after("30 0 * * *", moment) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "line", ["* * * * * *", "* * * *", "61 * * * *", "0 0 30 2 *", "", "@daily"]
)
def test_an_ambiguous_cron_line_is_refused(line):
    with pytest.raises(CronRefused):
        next_after(line, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("one", SCHEDULE, ids=lambda one: one.name)
def test_every_line_of_the_schedule_is_accepted(one):
    assert next_after(one.cron, datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_schedule_of_another_release_is_ignored(jobs):
    await cron.declare([EVERY_MINUTE])
    await jobs.superuser.execute("UPDATE schedules SET next_at = '2020-01-01'")

    assert await cron.put_due_jobs(SCHEDULE) == 0
    assert await cron.next_due_seconds(SCHEDULE) is None
