"""Maintenance deletes expired rows and no others."""

import uuid

from api.identity.messages import ForgetEnded
from tests.workers.conftest import put
from tests.workers.effects import WriteQuickly
from workers.jobs.handlers import handlers
from workers.jobs.runner import Runner
from workers.maintenance import ForgetFinishedJobs, ForgetIdempotencyKeys

AGE = """
UPDATE jobs SET state = $2, finished_at = now() - make_interval(hours => $3)
WHERE id = $1
"""

KEY = """
INSERT INTO idempotency_keys
    (organization_id, route, key, request_digest, status, answer, created_at)
VALUES ($1, 'POST /x', $2, '', 201, '', now() - make_interval(hours => $3))
"""

PERSON = """
INSERT INTO users (id, email, name, password_hash)
VALUES ($1::uuid, $1::uuid::text, '', '')
"""

ORGANIZATION = "INSERT INTO organizations (id, name) VALUES ($1, '')"

SESSION = """
INSERT INTO sessions (id, user_id, organization_id, client, expires_at)
VALUES ($1, $1, $1, '', now() - make_interval(hours => $2))
"""


async def _run(jobs, message) -> None:
    runner = Runner(handlers(), worker="test", lease_seconds=15)
    job = await put(message)
    await runner.run(job)
    assert (await jobs.row(job))["state"] == "done"


async def test_old_finished_jobs_are_deleted(jobs):
    ages = [("done", 23), ("done", 25), ("dead", 25), ("dead", 24 * 31)]
    ids = [await put(WriteQuickly("aged")) for _ in ages]
    for job, (state, hours) in zip(ids, ages, strict=True):
        await jobs.superuser.execute(AGE, job, state, hours)
    waiting = await put(WriteQuickly("waiting"))

    await _run(jobs, ForgetFinishedJobs())

    kept = [await jobs.row(job) is not None for job in [*ids, waiting]]
    assert kept == [True, False, True, False, True]


async def test_idempotency_keys_are_deleted_after_a_day(jobs):
    organization = uuid.uuid4()
    for name, hours in ((b"young", 23), (b"old", 25)):
        await jobs.superuser.execute(KEY, organization, name, hours)

    await _run(jobs, ForgetIdempotencyKeys())

    rows = await jobs.superuser.fetch("SELECT key FROM idempotency_keys")
    assert [bytes(row["key"]) for row in rows] == [b"young"]


async def test_sessions_are_deleted_a_day_after_their_end(jobs):
    ended = {uuid.uuid4(): 23, uuid.uuid4(): 25}
    for person, hours in ended.items():
        await jobs.superuser.execute(PERSON, person)
        await jobs.superuser.execute(ORGANIZATION, person)
        await jobs.superuser.execute(SESSION, person, hours)

    await _run(jobs, ForgetEnded())

    rows = await jobs.superuser.fetch("SELECT id FROM sessions")
    assert [ended[row["id"]] for row in rows] == [23]
