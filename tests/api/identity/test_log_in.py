"""Getting in, staying in, getting out."""


async def test_a_newcomer_is_logged_in_and_owns_an_organization(client, account):
    me = await client.get("/api/v1/me", headers=account.headers)

    assert me.status_code == 200
    assert me.json()["user"]["email"] == account.email
    assert me.json()["role"] == "owner"
    assert me.json()["organization_id"] == account.organization
