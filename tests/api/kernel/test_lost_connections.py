"""A session that ends between two commands is lost, whichever error asyncpg raises."""

import asyncio

import asyncpg
import psycopg
import pytest

from api.kernel.errors import OutcomeUnknown
from api.kernel.lsn import CommitLsn
from api.kernel.pools import DatabaseUnavailable
from api.kernel.transactions import reading, transaction
from local.postgres import SUPERUSER
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("api_database")


class Ending:
    """Ends a session so that its last message is read, but not yet the end of file.

    No other task runs meanwhile. The loop's next turn resumes the caller, the second
    reads the server's last message, and only the third would find the end of file.
    """

    def __init__(self, server) -> None:
        self.server = server
        self.connection = None

    async def of(self, connection) -> None:
        self.connection = connection
        process = connection.get_server_pid()
        with psycopg.connect(
            host=self.server.address.host,
            port=self.server.address.port,
            user=SUPERUSER,
            password=PASSWORD,
            autocommit=True,
        ) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not connection.is_closed()


@pytest.fixture
def ending(primary) -> Ending:
    return Ending(primary)


async def ask_after(ending: Ending, door) -> None:
    async with door as connection:
        await ending.of(connection)
        await connection.fetchval("SELECT 1")


async def commit_after(ending: Ending) -> None:
    async with transaction(None) as connection:
        await connection.execute("SELECT pg_current_xact_id()")
        await ending.of(connection)


@pytest.mark.parametrize("door", [transaction, reading])
async def test_an_internal_error_of_the_driver_is_a_lost_connection(ending, door):
    with pytest.raises(DatabaseUnavailable) as caught:
        await ask_after(ending, door(None))

    assert isinstance(caught.value.__cause__, asyncpg.InternalClientError)
    assert ending.connection.is_closed()


async def test_a_commit_that_could_not_be_sent_is_not_reported_as_done(ending):
    with pytest.raises(OutcomeUnknown):
        await commit_after(ending)

    assert ending.connection.is_closed()


@pytest.mark.parametrize("cut", [False, True])
async def test_a_commit_succeeds_although_its_lsn_cannot_be_read(ending, cut):
    class LateCommitLsn(CommitLsn):
        async def read(self, connection):
            await ending.of(connection)
            if cut:
                connection.terminate()
            await super().read(connection)

    commit_lsn = LateCommitLsn()
    async with transaction(None, commit_lsn=commit_lsn) as connection:
        await connection.execute("SELECT pg_current_xact_id()")

    assert commit_lsn.lsn is None
    assert connection.is_closed()


async def test_the_next_caller_is_served(ending):
    with pytest.raises(DatabaseUnavailable):
        await ask_after(ending, reading(None))

    async with reading(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1
