"""Organizations, their members, and the limits of each role."""

import asyncio

import pytest
import pytest_asyncio

from api.kernel.principals import PERMISSIONS, Role


@pytest.fixture
def members(account):
    return f"/api/v1/organizations/{account.organization}/members"


@pytest_asyncio.fixture
async def join(client, account, register, members):
    """Make somebody new a member; return them and the headers that speak for it."""

    async def join_as(role):
        person = await register()
        added = await client.post(
            members, headers=account.headers, json={"email": person.email, "role": role}
        )
        assert added.status_code == 201, added.text
        moved = await client.post(
            "/api/v1/auth/refresh",
            json={
                "refresh_token": person.refresh_token,
                "organization": account.organization,
            },
        )
        return person, {"Authorization": f"Bearer {moved.json()['access_token']}"}

    return join_as


async def test_members_are_listed_by_name_oldest_first(client, account, join, members):
    person, headers = await join("viewer")
    listed = await client.get(members, headers=headers)

    shown = [(one["user_id"], one["role"]) for one in listed.json()["data"]]
    assert shown == [(account.user, "owner"), (person.user, "viewer")]
    assert listed.json()["data"][1]["email"] == person.email


async def test_a_stranger_s_address_is_not_found(client, account, members):
    answer = await client.post(
        members,
        headers=account.headers,
        json={"email": "nobody@example.com", "role": "viewer"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (
        404,
        "person_unknown",
    )


async def test_nobody_joins_twice(client, account, join, members):
    person, _ = await join("viewer")
    again = await client.post(
        members, headers=account.headers, json={"email": person.email, "role": "admin"}
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_member")


async def test_nobody_grants_a_role_above_their_own(client, join, members, register):
    _, admin = await join("admin")
    friend = await register()
    answer = await client.post(
        members, headers=admin, json={"email": friend.email, "role": "owner"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "rank_too_low")


async def test_nobody_touches_a_member_above_them(client, account, join, members):
    _, admin = await join("admin")
    path = f"{members}/{account.user}"

    demoted = await client.patch(path, headers=admin, json={"role": "viewer"})
    removed = await client.delete(path, headers=admin)

    assert (demoted.status_code, removed.status_code) == (403, 403)


async def test_the_last_owner_stays(client, account, members):
    path = f"{members}/{account.user}"
    left = await client.delete(path, headers=account.headers)
    stepped_down = await client.patch(
        path, headers=account.headers, json={"role": "admin"}
    )

    assert left.json()["error"]["code"] == "last_owner"
    assert stepped_down.json()["error"]["code"] == "last_owner"


async def test_two_owners_cannot_leave_at_the_same_time(
    client, account, join, members, superuser
):
    second, headers = await join("owner")
    answers = await asyncio.gather(
        client.delete(f"{members}/{account.user}", headers=account.headers),
        client.delete(f"{members}/{second.user}", headers=headers),
    )
    owners = await superuser.fetchval(
        "SELECT count(*) FROM memberships"
        " WHERE organization_id = $1 AND role = 'owner'",
        account.organization,
    )

    assert sorted(answer.status_code for answer in answers) in ([204, 401], [204, 409])
    assert owners == 1


async def test_a_founder_owns_the_new_organization(client, account):
    founded = await client.post(
        "/api/v1/organizations", headers=account.headers, json={"name": "Second"}
    )
    shown = await client.get(
        f"/api/v1/organizations/{founded.json()['id']}", headers=account.headers
    )

    assert (shown.json()["name"], shown.json()["role"]) == ("Second", "owner")


async def test_a_token_speaks_for_one_organization(client, account):
    founded = await client.post(
        "/api/v1/organizations", headers=account.headers, json={"name": "Second"}
    )
    listed = await client.get(
        f"/api/v1/organizations/{founded.json()['id']}/members",
        headers=account.headers,
    )
    assert listed.status_code == 404


@pytest.mark.parametrize(
    ("lower", "higher"), list(zip(Role, list(Role)[1:], strict=False))
)
def test_a_higher_role_may_do_all_that_a_lower_one_may(lower, higher):
    assert PERMISSIONS[lower] <= PERMISSIONS[higher]
    assert lower.rank < higher.rank
