"""Refresh tokens: used once, continued once, and dead with their family."""

import asyncio

import httpx

REFRESH = "/api/v1/auth/refresh"


async def refresh(client, token, **headers):
    return await client.post(REFRESH, json={"refresh_token": token}, headers=headers)


async def works(client, tokens):
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return (await client.get("/api/v1/me", headers=headers)).status_code == 200


async def test_a_refresh_token_gives_a_new_pair(client, account):
    answer = await refresh(client, account.refresh_token)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != account.refresh_token
    assert await works(client, answer.json())


async def test_fifty_parallel_refreshes_have_one_outcome(client, account):
    answers = await asyncio.gather(
        *(refresh(client, account.refresh_token) for _ in range(50))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    following = await refresh(client, answers[0].json()["refresh_token"])
    assert following.status_code == 200


async def test_a_token_that_comes_back_from_elsewhere_kills_its_family(client, account):
    rotated = (await refresh(client, account.refresh_token)).json()

    stolen = await refresh(client, account.refresh_token, **{"User-Agent": "thief"})
    heir = await refresh(client, rotated["refresh_token"])

    assert stolen.status_code == 401
    assert stolen.json()["error"]["code"] == "refresh_token_reused"
    assert heir.status_code == 401


async def test_a_token_that_comes_back_late_kills_its_family(
    client, account, superuser
):
    rotated = (await refresh(client, account.refresh_token)).json()
    await superuser.execute(
        "UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds'"
        " WHERE user_id = $1 AND used_at IS NOT NULL",
        account.user,
    )

    late = await refresh(client, account.refresh_token)
    heir = await refresh(client, rotated["refresh_token"])

    assert (late.status_code, heir.status_code) == (401, 401)


async def test_a_session_ends_after_its_days(client, account, superuser):
    await superuser.execute(
        "UPDATE sessions SET expires_at = now() WHERE user_id = $1", account.user
    )
    assert (await refresh(client, account.refresh_token)).status_code == 401


async def test_an_invented_token_is_refused(client):
    for token in ("hfr_" + "A" * 43, "x", "\u00e9"):
        assert (await refresh(client, token)).status_code == 401


async def test_only_digests_are_kept(account, superuser):
    rows = await superuser.fetch("SELECT digest FROM refresh_tokens")
    kept = b"".join(row["digest"] for row in rows)

    assert account.refresh_token.encode() not in kept
    assert all(len(row["digest"]) == 32 for row in rows)


async def test_a_session_moves_to_another_organization_of_the_person(client, account):
    founded = await client.post(
        "/api/v1/organizations", headers=account.headers, json={"name": "Second"}
    )
    organization = founded.json()["id"]

    moved: httpx.Response = await client.post(
        REFRESH,
        json={"refresh_token": account.refresh_token, "organization": organization},
    )
    headers = {"Authorization": f"Bearer {moved.json()['access_token']}"}
    me = await client.get("/api/v1/me", headers=headers)

    assert me.json()["organization_id"] == organization


async def test_a_session_never_moves_to_a_stranger_s_organization(
    client, account, register
):
    stranger = await register()
    answer = await client.post(
        REFRESH,
        json={
            "refresh_token": account.refresh_token,
            "organization": stranger.organization,
        },
    )
    assert answer.status_code == 404
