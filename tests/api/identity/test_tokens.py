"""Access tokens: what is refused, and for how long a revocation may go unseen."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from api.identity.credential_cache import (
    ASK_AGAIN_SECONDS,
    TRUST_SECONDS,
    Authenticator,
)
from api.identity.errors import TokenRefused
from api.identity.tokens import ACCESS_SECONDS, KeyRing
from api.kernel.transactions import transaction
from api.settings import TokenKey

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RING = KeyRing([TokenKey("one", SECRET)], audience="us")
GOOD = {
    "iss": "holdfast",
    "aud": "us",
    "sub": str(uuid4()),
    "org": str(uuid4()),
    "sid": str(uuid4()),
    "jti": str(uuid4()),
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + ACCESS_SECONDS,
}
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "one"}


def forge(header=None, claims=None, secret=SECRET):
    key = OctKey.import_key(secret)
    return jwt.encode(HEADER | (header or {}), GOOD | (claims or {}), key)


def unsigned():
    parts = ({"alg": "none", "typ": "at+jwt", "kid": "one"}, GOOD)
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in parts
    ]
    return ".".join([*encoded, ""])


def test_a_token_of_our_own_is_believed():
    token = RING.sign(user=uuid4(), organization=uuid4(), session=uuid4(), now=NOW)
    assert RING.verify(token, now=NOW).aud == "us"
    assert RING.verify(forge(), now=NOW).jti == UUID(str(GOOD["jti"]))


@pytest.mark.parametrize(
    "token",
    [
        unsigned(),
        forge(secret=b"another secret of thirty-two by!"),
        forge(header={"typ": "JWT"}),
        forge(header={"kid": "two"}),
        forge(claims={"aud": "them"}),
        forge(claims={"iss": "them"}),
        forge(claims={"exp": int(NOW.timestamp())}),
        forge(claims={"exp": str(GOOD["exp"])}),
        forge(claims={"iat": int(NOW.timestamp()) + ACCESS_SECONDS + 1}),
        forge(claims={"sub": "admin"}),
        forge()[:-2],
        forge() + "AA",
        "",
        "a.b.c",
        "a.b",
        "é" * 10,
        "." * 1000,
    ],
)
def test_a_forged_expired_or_foreign_token_is_refused(token):
    with pytest.raises(TokenRefused):
        RING.verify(token, now=NOW)


@pytest.mark.parametrize("claim", sorted(GOOD))
def test_a_token_without_one_of_its_claims_is_refused(claim):
    claims = {name: value for name, value in GOOD.items() if name != claim}
    token = jwt.encode(HEADER, claims, OctKey.import_key(SECRET))

    with pytest.raises(TokenRefused):
        RING.verify(token, now=NOW)


def test_another_algorithm_with_our_own_key_is_refused():
    key = OctKey.import_key(SECRET * 2)
    token = jwt.encode(HEADER | {"alg": "HS512"}, GOOD, key, algorithms=["HS512"])
    with pytest.raises(TokenRefused):
        RING.verify(token, now=NOW)


def test_a_rotated_key_still_verifies_and_a_removed_one_does_not():
    token = forge()
    rotated = KeyRing(
        [TokenKey("two", SECRET[::-1]), TokenKey("one", SECRET)], audience="us"
    )
    removed = KeyRing([TokenKey("two", SECRET[::-1])], audience="us")

    assert rotated.verify(token, now=NOW)
    with pytest.raises(TokenRefused):
        removed.verify(token, now=NOW)


@pytest.mark.parametrize(
    "header", ["Bearer", "Basic abc", "Bearer a.b.c", "bearer hf_local_x_y", "Bearer é"]
)
async def test_the_door_answers_401_and_says_how_to_come_in(client, header):
    answer = await client.get(
        "/api/v1/me", headers={"Authorization": header.encode("latin-1")}
    )

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


class Hands:
    """A wall clock and a steady clock that the test moves."""

    def __init__(self):
        self.now = datetime.now(UTC)
        self.steady = 0.0

    def move(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def other_instance(settings, hands):
    """The authenticator of another instance, with a cache of its own."""
    ring = KeyRing(settings.token_keys, audience="holdfast-api:local")
    return Authenticator(ring, clock=lambda: hands.now, steady=lambda: hands.steady)


async def revoke(account):
    async with transaction(None, user_id=UUID(account.user)) as connection:
        await connection.execute("UPDATE sessions SET revoked_at = now()")


async def test_a_revocation_elsewhere_counts_after_thirty_seconds_at_most(
    account, other_instance, hands
):
    assert await other_instance.verify(account.token)
    await revoke(account)

    hands.move(ASK_AGAIN_SECONDS - 1)
    assert await other_instance.verify(account.token)
    hands.move(TRUST_SECONDS - ASK_AGAIN_SECONDS + 1)
    with pytest.raises(TokenRefused):
        await other_instance.verify(account.token)


async def test_an_expired_token_is_refused_although_it_is_remembered(
    account, other_instance, hands
):
    assert await other_instance.verify(account.token)

    hands.now += timedelta(seconds=ACCESS_SECONDS + 1)
    with pytest.raises(TokenRefused):
        await other_instance.verify(account.token)


async def test_a_known_token_asks_the_database_no_more(account, other_instance):
    first = await other_instance.verify(account.token)
    await revoke(account)

    assert await other_instance.verify(account.token) is first


async def test_a_role_changed_here_counts_at_once(client, account, register):
    member = await register()
    path = f"/api/v1/organizations/{account.organization}/members"
    added = await client.post(
        path, headers=account.headers, json={"email": member.email, "role": "admin"}
    )
    moved = await client.post(
        "/api/v1/auth/refresh",
        json={
            "refresh_token": member.refresh_token,
            "organization": account.organization,
        },
    )
    headers = {"Authorization": f"Bearer {moved.json()['access_token']}"}
    before = await client.get("/api/v1/me", headers=headers)

    removed = await client.delete(f"{path}/{member.user}", headers=account.headers)
    after = await client.get("/api/v1/me", headers=headers)

    assert (added.status_code, before.json()["role"]) == (201, "admin")
    assert (removed.status_code, after.status_code) == (204, 401)


def test_signing_keys_never_show_in_a_representation(settings):
    shown = repr(settings) + repr(settings.token_keys)
    assert settings.token_keys[0].secret.decode("latin-1") not in shown
    assert settings.database_password not in shown
