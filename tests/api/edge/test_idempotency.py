"""A creating request repeated under its key has one effect and one response."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest

from api.kernel import idempotency
from api.kernel.idempotency import (
    IdempotentRequest,
    KeyReused,
    StoredResponse,
    run_once,
)
from api.kernel.transactions import transaction

ORGANIZATIONS = "/api/v1/organizations"


async def create(client, account, key, name="New"):
    headers = account.headers | {"Idempotency-Key": key}
    return await client.post(ORGANIZATIONS, headers=headers, json={"name": name})


async def owned(client, account):
    listed = await client.get(ORGANIZATIONS, headers=account.headers)
    return [one["name"] for one in listed.json()["data"]]


async def test_a_repeated_request_gets_the_same_response(client, account):
    first = await create(client, account, "one")
    again = await create(client, account, "one")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (await owned(client, account)).count("New") == 1


async def test_a_hundred_parallel_requests_have_one_effect(client, account):
    answers = await asyncio.gather(
        *(create(client, account, "many") for _ in range(100))
    )
    told = Counter(answer.status_code for answer in answers)

    assert set(told) <= {201, 409}
    assert told[201] >= 1
    assert len({answer.content for answer in answers if answer.is_success}) == 1
    assert (await owned(client, account)).count("New") == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotency_key_in_flight"


async def test_a_key_with_another_body_is_refused(client, account):
    await create(client, account, "reused")
    other = await create(client, account, "reused", name="Other")

    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    assert "Other" not in await owned(client, account)


async def test_without_a_key_every_request_has_an_effect(client, account):
    for _ in range(2):
        await client.post(
            ORGANIZATIONS, headers=account.headers, json={"name": "Again"}
        )
    assert (await owned(client, account)).count("Again") == 2


async def test_two_organizations_may_use_the_same_key(client, account, register):
    other = await register()
    mine = await create(client, account, "same")
    theirs = await create(client, other, "same", name="Theirs")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_failed_request_leaves_its_key_free(client, account):
    path = f"{ORGANIZATIONS}/{account.organization}/members"
    headers = account.headers | {"Idempotency-Key": "failed"}
    body = {"email": f"{uuid4().hex}@example.com", "role": "viewer"}

    first = await client.post(path, headers=headers, json=body)
    await client.post(
        "/api/v1/auth/register",
        json={"email": body["email"], "password": "12345678", "name": "Late"},
    )
    second = await client.post(path, headers=headers, json=body)

    assert (first.status_code, second.status_code) == (404, 201)


async def test_a_repeated_registration_gets_the_same_response(client):
    body = {
        "email": f"{uuid4().hex}@example.com",
        "password": "12345678",
        "name": "Twice",
    }
    headers = {"Idempotency-Key": "register"}
    first = await client.post("/api/v1/auth/register", json=body, headers=headers)
    again = await client.post("/api/v1/auth/register", json=body, headers=headers)

    assert first.status_code == 201
    assert again.content == first.content


async def test_a_stored_response_cannot_be_read_from_the_database(
    client, account, superuser
):
    made = await client.post(
        "/api/v1/api-keys",
        headers=account.headers | {"Idempotency-Key": "secret"},
        json={"name": "k", "scopes": ["events:read"]},
    )
    kept = await superuser.fetch(
        "SELECT key, answer FROM idempotency_keys WHERE organization_id = $1",
        UUID(account.organization),
    )

    assert len(kept) == 1
    assert made.json()["key"].encode() not in kept[0]["answer"]
    assert b"secret" not in kept[0]["key"]


async def test_a_key_expires_after_a_day(client, account, superuser):
    await create(client, account, "old")
    await superuser.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"
        " WHERE organization_id = $1",
        UUID(account.organization),
    )

    again = await create(client, account, "old", name="Other")

    assert again.status_code == 201
    assert "idempotency-replayed" not in again.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "\u00e9"])
async def test_a_malformed_key_is_refused(client, account, key):
    headers = account.headers | {"Idempotency-Key": key.encode("latin-1")}
    answer = await client.post(ORGANIZATIONS, headers=headers, json={"name": "New"})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "Idempotency-Key"


async def test_stored_responses_survive_a_rotation_of_the_secret(account):
    organization = UUID(account.organization)
    attempt = IdempotentRequest(organization, "POST /x", "kept", b"{}")
    before = list(idempotency._secrets)  # noqa: SLF001 - rotated as an operator would

    async def work() -> StoredResponse:
        return StoredResponse(201, b"made")

    async def ask() -> StoredResponse:
        async with transaction(organization):
            return await run_once(attempt, work)

    try:
        first = await ask()
        idempotency.use([b"n" * 32, *before])
        repeated = await ask()
        idempotency.use([b"n" * 32])
        with pytest.raises(KeyReused):
            await ask()
    finally:
        idempotency.use(before)

    assert (first.body, repeated.body) == (b"made", b"made")
    assert repeated.repeated
