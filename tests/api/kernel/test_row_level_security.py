"""A forgotten WHERE leaks no row, and the four known bypasses are closed."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from api.kernel import roles
from api.kernel.transactions import reading, transaction

COUNT_MEMBERS = "SELECT count(*) FROM memberships"

pytestmark = pytest.mark.usefixtures("account")


async def connect_as(settings, user):
    address = settings.database_hosts[0]
    return await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=user,
        password=settings.database_password,
        database=settings.database_name,
    )


async def test_a_tenant_sees_its_own_rows_only(account, register):
    other = await register()

    async with reading(UUID(account.organization)) as connection:
        rows = await connection.fetch(
            "SELECT organization_id, user_id FROM memberships"
        )

    assert {str(row["user_id"]) for row in rows} == {account.user}
    assert other.organization not in {str(row["organization_id"]) for row in rows}


async def test_without_a_tenant_no_row_is_visible():
    async with reading(None) as connection:
        for table in ("users", "sessions", "api_keys", "memberships", "organizations"):
            assert await connection.fetch(f"TABLE {table}") == []


async def test_a_row_of_another_tenant_cannot_be_written(account, register):
    other = await register()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(UUID(account.organization)) as connection:
            await connection.execute(
                "INSERT INTO memberships (id, organization_id, user_id, role)"
                " VALUES ($1, $2, $3, 'owner')",
                uuid4(),
                UUID(other.organization),
                UUID(account.user),
            )


async def test_the_owner_of_the_tables_is_bound_as_well(settings):
    """ENABLE alone would let the owner see everything: FORCE binds it."""
    owner = await connect_as(settings, roles.OWNER)
    try:
        assert await owner.fetchval(COUNT_MEMBERS) == 0
    finally:
        await owner.close()


async def test_an_emptied_setting_matches_no_row_and_raises_nothing(account, settings):
    """After one SET LOCAL the setting is '' and not NULL, and ''::uuid raises."""
    connection = await connect_as(settings, roles.API)
    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT set_config('app.organization', $1, true)", account.organization
            )
            assert await connection.fetchval(COUNT_MEMBERS) == 1
        assert await connection.fetchval(COUNT_MEMBERS) == 0
    finally:
        await connection.close()


async def test_no_view_bypasses_the_policies(superuser):
    """A view runs with its owner's rights, unless it is a security invoker."""
    loose = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
        " AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"
    )
    assert loose == []


async def test_a_setting_outside_a_transaction_binds_no_tenant(account, settings):
    """SET LOCAL outside a transaction only warns: then no row must be visible."""
    connection = await connect_as(settings, roles.API)
    try:
        await connection.execute(
            "SELECT set_config('app.organization', $1, true)", account.organization
        )
        assert await connection.fetchval(COUNT_MEMBERS) == 0
    finally:
        await connection.close()


async def test_every_table_with_a_tenant_is_forced(superuser):
    open_tables = await superuser.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p')"
        " AND c.relnamespace = 'public'::regnamespace"
        " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        " AND c.relname NOT IN ('migration', 'schedules')"
        " AND NOT c.relispartition"
    )
    assert [row["relname"] for row in open_tables] == []


async def test_no_role_bypasses_the_policies(superuser):
    strong = await superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'holdfast%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)"
    )
    assert strong == []


async def test_no_role_weakens_synchronous_commit(superuser):
    """With any synchronous_commit but `on` a failover may lose a write."""
    settings = await superuser.fetch(
        "SELECT unnest(setconfig) AS item FROM pg_db_role_setting"
    )
    assert [row for row in settings if "synchronous_commit" in row["item"]] == []


async def test_the_api_may_not_change_the_schema(settings):
    connection = await connect_as(settings, roles.API)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE holdfast_definer")
    finally:
        await connection.close()
