"""API keys: shown once, limited by scope, checked without a guess, revoked."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from api.identity.api_keys import PATTERN, new_key, parse_key
from api.identity.errors import TokenRefused

KEYS = "/api/v1/api-keys"


@pytest.fixture
def create(client, account):
    async def create_key(scopes=("events:read",), **more):
        body = {"name": "importer", "scopes": list(scopes)} | more
        return await client.post(KEYS, headers=account.headers, json=body)

    return create_key


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['key']}"}


async def test_a_key_is_shown_once_and_matches_the_published_pattern(
    client, account, create, superuser
):
    made = await create()
    listed = await client.get(KEYS, headers=account.headers)
    kept = await superuser.fetchrow(
        "SELECT * FROM api_keys WHERE id = $1", made.json()["id"]
    )

    assert made.status_code == 201
    assert re.fullmatch(PATTERN, made.json()["key"])
    assert made.json()["key"] not in listed.text
    assert "secret" not in listed.text
    assert made.json()["key"][-28:-6].encode() not in bytes(kept["secret_digest"])


async def test_a_key_does_what_its_scope_says_and_nothing_else(client, create):
    key = bearer(await create(scopes=["events:read"]))

    assert (await client.get("/api/v1/events", headers=key)).status_code == 200
    for method, path in (
        ("POST", "/api/v1/events"),
        ("GET", "/api/v1/me"),
        ("GET", KEYS),
        ("POST", "/api/v1/organizations"),
    ):
        answer = await client.request(method, path, headers=key, json={})
        assert answer.status_code == 403, (method, path)


async def test_a_revoked_key_is_refused_at_once(client, account, create):
    made = await create()
    assert (await client.get("/api/v1/events", headers=bearer(made))).status_code == 200

    path = f"{KEYS}/{made.json()['id']}"
    revoked = await client.delete(path, headers=account.headers)
    again = await client.delete(path, headers=account.headers)
    used = await client.get("/api/v1/events", headers=bearer(made))

    assert (revoked.status_code, again.status_code) == (204, 404)
    assert used.status_code == 401


async def test_a_key_ends_when_it_said(client, create, superuser):
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await create(expires_at=soon)
    await superuser.execute(
        "UPDATE api_keys SET expires_at = now() WHERE id = $1", made.json()["id"]
    )

    used = await client.get("/api/v1/events", headers=bearer(made))

    assert used.status_code == 401


async def test_an_end_that_has_passed_is_refused(create):
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answer = await create(expires_at=past)

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "expires_at"


async def test_using_a_key_leaves_a_mark(client, create, superuser):
    made = await create()
    await client.get("/api/v1/events", headers=bearer(made))

    used = await superuser.fetchval(
        "SELECT last_used_at FROM api_keys WHERE id = $1", made.json()["id"]
    )
    assert used is not None


async def test_a_key_dies_with_its_maker_s_membership(client, account, register):
    maker = await register()
    members = f"/api/v1/organizations/{account.organization}/members"
    await client.post(
        members, headers=account.headers, json={"email": maker.email, "role": "member"}
    )
    moved = await client.post(
        "/api/v1/auth/refresh",
        json={
            "refresh_token": maker.refresh_token,
            "organization": account.organization,
        },
    )
    theirs = {"Authorization": f"Bearer {moved.json()['access_token']}"}
    made = await client.post(
        KEYS, headers=theirs, json={"name": "k", "scopes": ["events:read"]}
    )
    assert (await client.get("/api/v1/events", headers=bearer(made))).status_code == 200

    await client.delete(f"{members}/{maker.user}", headers=account.headers)

    assert (await client.get("/api/v1/events", headers=bearer(made))).status_code == 401


def test_a_typing_error_is_refused_before_anybody_is_asked():
    key, parts = new_key("local")
    assert parse_key(key) == parts

    for position in range(len(key)):
        other = "0" if key[position] != "0" else "1"
        with pytest.raises(TokenRefused):
            parse_key(key[:position] + other + key[position + 1 :])


def test_two_keys_never_look_alike():
    keys = {new_key("local")[0] for _ in range(100)}
    assert len(keys) == 100
