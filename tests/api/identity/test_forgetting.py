"""What ended long ago is forgotten; what may still be asked for is not."""

from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from api.identity import service
from api.kernel import database, roles
from api.kernel.transactions import transaction

REFRESH = "/api/v1/auth/refresh"
END_SESSION = "UPDATE sessions SET expires_at = now() - $2::interval WHERE user_id = $1"
COUNTS = """
SELECT (SELECT count(*) FROM sessions WHERE user_id = $1) AS sessions,
       (SELECT count(*) FROM refresh_tokens WHERE user_id = $1) AS tokens
"""
FUNCTIONS = ["forget_ended_sessions", "forget_ended_api_keys"]
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def as_worker(client, worker_settings):
    """Run an asynchronous call in a transaction of the worker's role."""
    assert client
    before, own = database.handle(), database.Database(worker_settings)
    await own.start()

    async def run(call):
        database.use(own)
        try:
            async with transaction(None) as connection:
                return await call(connection)
        finally:
            database.use(before)

    yield run
    await own.stop()


@pytest.fixture
def forget(as_worker):
    """Run the use case as the worker does; `piece` rows of a kind at most."""

    async def run(**options):
        return await as_worker(lambda _: service.forget_ended(**options))

    return run


@pytest.fixture
def end_session(account, superuser):
    """Have the account's session end some time ago; returns the account."""

    async def end(ago):
        await superuser.execute(END_SESSION, account.user, ago)
        return account

    return end


@pytest.fixture
def kept_of(superuser):
    """Count the sessions and the refresh tokens that are left of an account."""

    async def count(account):
        return tuple(await superuser.fetchrow(COUNTS, account.user))

    return count


@pytest.mark.parametrize(
    ("ended_ago", "kept"),
    [
        (-MINUTE, (1, 1)),
        (service.SESSIONS_KEPT - MINUTE, (1, 1)),
        (service.SESSIONS_KEPT + MINUTE, (0, 0)),
    ],
)
async def test_a_session_is_forgotten_a_while_after_its_end(
    end_session, forget, kept_of, ended_ago, kept
):
    account = await end_session(ended_ago)

    await forget()

    assert await kept_of(account) == kept


async def test_a_session_that_was_revoked_is_kept_until_its_end(
    client, account, superuser, forget, kept_of
):
    await client.post("/api/v1/auth/logout", headers=account.headers)
    await superuser.execute(
        "UPDATE sessions SET revoked_at = revoked_at - interval '6 days'"
        " WHERE user_id = $1",
        account.user,
    )

    await forget()

    assert await kept_of(account) == (1, 1)


async def test_a_reused_token_is_found_out_until_the_last_minute_of_its_family(
    client, account, superuser, forget
):
    rotated = await client.post(REFRESH, json={"refresh_token": account.refresh_token})
    await superuser.execute(END_SESSION, account.user, -MINUTE)
    await superuser.execute(
        "UPDATE refresh_tokens SET created_at = created_at - interval '7 days',"
        " used_at = used_at - interval '7 days' WHERE user_id = $1",
        account.user,
    )

    await forget()
    reused = await client.post(REFRESH, json={"refresh_token": account.refresh_token})
    heir = await client.post(
        REFRESH, json={"refresh_token": rotated.json()["refresh_token"]}
    )

    assert reused.json()["error"]["code"] == "refresh_token_reused"
    assert heir.status_code == 401


async def test_a_forgotten_token_is_refused_like_an_ended_one(
    client, account, superuser, forget
):
    ask = {"refresh_token": account.refresh_token}
    await superuser.execute(END_SESSION, account.user, service.SESSIONS_KEPT + MINUTE)
    ended = await client.post(REFRESH, json=ask)

    await forget()
    forgotten = await client.post(REFRESH, json=ask)

    assert (ended.status_code, forgotten.status_code) == (401, 401)
    assert ended.json()["error"]["code"] == forgotten.json()["error"]["code"]


async def test_a_long_session_goes_piece_by_piece(
    client, account, superuser, forget, kept_of
):
    newest = account.refresh_token
    for _ in range(4):
        answer = await client.post(REFRESH, json={"refresh_token": newest})
        newest = answer.json()["refresh_token"]
    await superuser.execute(END_SESSION, account.user, service.SESSIONS_KEPT + MINUTE)

    left = []
    for _ in range(3):
        await forget(piece=2)
        left.append(await kept_of(account))

    assert left == [(1, 3), (1, 1), (0, 0)]


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
async def test_a_key_is_forgotten_a_while_after_it_ended(
    client, account, superuser, forget, column
):
    body = {"name": "importer", "scopes": ["events:read"]}
    ages = [None, service.KEYS_KEPT - MINUTE, service.KEYS_KEPT + MINUTE]
    made = []
    for age in ages:
        key = await client.post("/api/v1/api-keys", headers=account.headers, json=body)
        made.append(key.json()["id"])
        await superuser.execute(
            f"UPDATE api_keys SET {column} = now() - $2::interval WHERE id = $1",  # noqa: S608 - a name of this file
            made[-1],
            age,
        )

    await forget()

    rows = await superuser.fetch(
        "SELECT id FROM api_keys WHERE user_id = $1", account.user
    )
    assert {row["id"] for row in rows} == set(made[:2])


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_nothing_that_lives_goes_whatever_a_worker_asks(
    account, client, as_worker, kept_of, name
):
    body = {"name": "importer", "scopes": ["events:read"]}
    key = await client.post("/api/v1/api-keys", headers=account.headers, json=body)

    await as_worker(
        lambda one: one.execute(f"SELECT {name}($1, 1000)", timedelta(days=-365))
    )

    bearer = {"Authorization": f"Bearer {key.json()['key']}"}
    assert await kept_of(account) == (1, 1)
    assert (await client.get("/api/v1/events", headers=bearer)).status_code == 200


@pytest.mark.parametrize("table", ["sessions", "refresh_tokens", "api_keys"])
@pytest.mark.parametrize("statement", ["TABLE {}", "DELETE FROM {}"])
async def test_a_worker_has_no_other_way_to_them(as_worker, table, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_worker(lambda one: one.execute(statement.format(table)))


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_nobody_but_the_workers_may_forget(superuser, name):
    roles_that_may = await superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'holdfast%'"
        " AND has_function_privilege(rolname, $1 || '(interval, integer)', 'EXECUTE')",
        name,
    )

    assert {row["rolname"] for row in roles_that_may} == {roles.DEFINER, roles.WORKER}
