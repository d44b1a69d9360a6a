"""The database's own guard keeps events for the target's retention.

Its number is frozen in a migration: a new target needs a new migration.
"""

import re
from datetime import timedelta

import asyncpg
import pytest

import targets

GUARD = "SELECT prosrc FROM pg_proc WHERE proname = 'refuse_retained_month'"
KEPT = timedelta(seconds=targets.load().find("limit.event-retention").value)


def kept_by(source):
    """Return the retention in the body of the guard."""
    (days,) = re.findall(r"now\(\) - interval '(\d+) days'", source)
    return timedelta(days=int(days))


async def test_the_guard_keeps_events_for_the_target_retention(superuser):
    assert kept_by(await superuser.fetchval(GUARD)) == KEPT


async def test_a_guard_that_keeps_them_shorter_is_detected(superuser):
    source = await superuser.fetchval(GUARD)

    shorter = source.replace(f"{KEPT.days} days", f"{KEPT.days - 1} days")

    assert kept_by(shorter) != KEPT


@pytest.mark.parametrize("age_days", [0, KEPT.days - 1, KEPT.days])
async def test_a_month_with_kept_events_is_refused(superuser, age_days):
    with pytest.raises(
        asyncpg.ObjectInUseError, match="still holds events that are kept"
    ):
        await superuser.execute(
            "SELECT refuse_retained_month(now() - make_interval(days => $1))", age_days
        )


async def test_a_month_past_its_retention_may_be_deleted(superuser):
    await superuser.execute(
        "SELECT refuse_retained_month(now() - make_interval(days => $1))",
        KEPT.days + 31,
    )
