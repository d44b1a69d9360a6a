"""Piccolo's queries run only on the connection of the current transaction."""

import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from piccolo.columns import Column
from piccolo.table import Table

from api.identity.tables import ApiKey, RefreshToken, Session, User
from api.kernel.engine import DB, UnboundConnectionRefused
from api.kernel.transactions import reading, transaction
from api.organizations.tables import Membership, Organization

TABLES: list[type[Table]] = [
    User,
    Session,
    RefreshToken,
    ApiKey,
    Organization,
    Membership,
]


@pytest.mark.usefixtures("api_database")
async def test_a_query_outside_of_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="no transaction"):
        await Organization.count()


async def test_queries_run_in_the_current_transaction_and_see_its_tenant(account):
    async with reading(UUID(account.organization)):
        rows = await Organization.select(Organization.id)

    assert [str(row["id"]) for row in rows] == [account.organization]


@pytest.mark.usefixtures("api_database")
async def test_a_block_that_raises_is_rolled_back_alone():
    organization = uuid4()

    async def fail() -> None:
        async with DB.transaction():
            await Organization.insert(Organization(id=organization, name="undone"))
            raise LookupError

    async with transaction(organization):
        with pytest.raises(LookupError):
            await fail()
        assert await Organization.count() == 0


async def test_every_other_way_to_a_connection_is_refused():
    with pytest.raises(UnboundConnectionRefused):
        await DB.get_new_connection()
    with pytest.raises(UnboundConnectionRefused):
        await DB.start_connection_pool()
    with pytest.raises(UnboundConnectionRefused):
        async with await Organization.select().batch(batch_size=1):
            pass


def test_importing_the_tables_connects_to_nothing():
    """Piccolo's own engine connects when it is built, with a timeout of 60 s."""
    watched = (
        "import socket\n"
        "def refuse(*_): raise SystemExit('connected')\n"
        "socket.socket.connect = socket.socket.connect_ex = refuse\n"
        "import asyncio\n"
        "asyncio.BaseEventLoop.create_connection = refuse\n"
        "import api.piccolo_conf, api.app\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def described(column: Column) -> tuple[str, tuple[str, bool]]:
    """Return a column's name, its type in Postgres, and whether it is nullable."""
    meta = column._meta  # noqa: SLF001 - Piccolo documents it
    names = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "TEXT[]": "ARRAY"}
    kind = names.get(column.column_type, column.column_type)
    return meta.name, (kind, bool(meta.null))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
@pytest.mark.usefixtures("api_database")
async def test_a_table_is_declared_as_it_was_migrated(table, superuser):
    meta = table._meta  # noqa: SLF001 - Piccolo documents it
    rows = await superuser.fetch(
        "SELECT column_name, upper(data_type) AS kind, is_nullable = 'YES' AS is_null"
        " FROM information_schema.columns WHERE table_name = $1",
        meta.tablename,
    )
    migrated = {row["column_name"]: (row["kind"], row["is_null"]) for row in rows}
    declared = dict(described(column) for column in meta.columns)
    if "id" not in migrated:
        declared.pop("id", None)  # Piccolo adds one where no key is named

    assert declared == migrated
