"""The database's own guard over events keeps them for as long as is promised.

Its number is frozen in a migration: a new promise needs a new migration.
"""

import re
from datetime import timedelta

import asyncpg
import pytest

import targets

GUARD = "SELECT prosrc FROM pg_proc WHERE proname = 'refuse_retained_month'"
KEPT = timedelta(seconds=targets.load().find("limit.event-retention").value)


def kept_by(source):
    """The stretch that the body of the guard names."""
    (days,) = re.findall(r"now\(\) - interval '(\d+) days'", source)
    return timedelta(days=int(days))


async def test_the_guard_keeps_events_for_as_long_as_is_promised(superuser):
    assert kept_by(await superuser.fetchval(GUARD)) == KEPT


async def test_a_guard_that_keeps_them_shorter_would_be_seen(superuser):
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


async def test_a_month_past_its_time_is_let_go(superuser):
    await superuser.execute(
        "SELECT refuse_retained_month(now() - make_interval(days => $1))",
        KEPT.days + 31,
    )
