"""The outbox: a job exists if and only if its cause was committed."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import asyncpg
import msgspec
import pytest

from api.kernel import context, outbox
from api.kernel.messages import Message
from api.kernel.transactions import transaction

pytestmark = pytest.mark.usefixtures("api_database")


class SayHello(Message, frozen=True):
    actor: ClassVar[str] = "tests.say_hello"
    queue: ClassVar[str] = "tests-outbox"

    name: str
    count: int = 1


@pytest.fixture
def organization() -> uuid.UUID:
    return uuid.uuid4()


async def test_a_committed_message_is_a_waiting_job(superuser, organization):
    due = datetime.now(UTC) + timedelta(hours=1)
    async with transaction(organization):
        job = await outbox.put(
            SayHello("Ada"), organization_id=organization, run_at=due
        )

    row = await superuser.fetchrow("SELECT * FROM jobs WHERE id = $1", job)
    assert (row["actor"], row["queue"]) == ("tests.say_hello", "tests-outbox")
    assert (row["state"], row["attempt"], row["published_at"]) == ("waiting", 0, None)
    assert (row["organization_id"], row["run_at"]) == (organization, due)
    assert json.loads(row["payload"]) == {"name": "Ada", "count": 1}


async def test_a_rolled_back_message_leaves_no_job(superuser, organization):
    async def put_and_fail() -> None:
        async with transaction(organization):
            await outbox.put(SayHello("Ada"), organization_id=organization)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await put_and_fail()

    of_tenant = "SELECT count(*) FROM jobs WHERE organization_id = $1"
    assert await superuser.fetchval(of_tenant, organization) == 0


async def test_put_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="no transaction"):
        await outbox.put(SayHello("Ada"), organization_id=None)


async def test_a_listener_is_notified_at_commit(superuser, organization):
    told: asyncio.Queue[str] = asyncio.Queue()
    await superuser.add_listener(outbox.CHANNEL, lambda *said: told.put_nowait(said[3]))

    async with transaction(organization):
        await outbox.put(SayHello("Ada"), organization_id=organization)
        await superuser.fetchval("SELECT 1")
        assert told.empty()

    async with asyncio.timeout(5):
        assert await told.get() == "tests-outbox"
    await superuser.remove_listener(outbox.CHANNEL, lambda *_: None)


async def test_the_ids_of_the_request_go_with_the_job(superuser, organization):
    request, trace = "request-in-outbox", f"00-{'1' * 32}-{'2' * 16}-01"
    tokens = context.request_id.set(request), context.traceparent.set(trace)
    async with transaction(organization):
        job = await outbox.put(SayHello("Ada"), organization_id=organization)
    context.request_id.reset(tokens[0])
    context.traceparent.reset(tokens[1])

    row = await superuser.fetchrow("SELECT * FROM jobs WHERE id = $1", job)
    assert (row["request_id"], row["traceparent"]) == (request, trace)


async def test_at_most_one_job_waits_under_a_dedupe_key(superuser, organization):
    key = uuid.uuid4().hex

    async def put() -> uuid.UUID:
        async with transaction(organization):
            return await outbox.put(
                SayHello("Ada"), organization_id=organization, dedupe_key=key
            )

    (waiting,) = set(await asyncio.gather(*(put() for _ in range(8))))
    await superuser.execute(
        "UPDATE jobs SET state = 'done', finished_at = now() WHERE id = $1", waiting
    )

    assert await put() != waiting


async def test_an_absorbed_message_is_seen_by_the_job_that_absorbs_it(
    superuser, organization
):
    """Else the waiting job could run between put and commit, and miss the message."""
    key = uuid.uuid4().hex
    async with transaction(organization):
        waiting = await outbox.put(
            SayHello("Ada"), organization_id=organization, dedupe_key=key
        )
    claim = "UPDATE jobs SET attempt = 1 WHERE id = $1"

    async with transaction(organization):
        absorbed = await outbox.put(
            SayHello("Bob"), organization_id=organization, dedupe_key=key
        )
        claiming = asyncio.create_task(superuser.execute(claim, waiting))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(claiming), 0.3)

    assert absorbed == waiting
    assert await claiming == "UPDATE 1"


async def test_a_tenant_cannot_put_a_job_into_another(organization):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(organization):
            await outbox.put(SayHello("Mallory"), organization_id=uuid.uuid4())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM jobs",
        "DELETE FROM jobs",
        "UPDATE jobs SET state = 'dead'",
        "INSERT INTO jobs (actor, queue, payload) VALUES ('', '', '{}')",
    ],
)
async def test_the_api_role_reaches_jobs_only_through_put(statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(None) as connection:
            await connection.execute(statement)


def test_a_message_of_another_release_decodes():
    newer = b'{"name": "Ada", "colour": "red"}'
    assert msgspec.json.decode(newer, type=SayHello) == SayHello("Ada", 1)
