"""Use cases of people, sessions and keys; each runs inside the caller's transaction."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

import targets
from api.identity import tokens
from api.identity.api_keys import new_key
from api.identity.errors import (
    ApiKeyMissing,
    EmailTaken,
    PersonUnknown,
    RefreshTokenReused,
    ScopeRefused,
    TokenRefused,
)
from api.identity.tables import ApiKey, RefreshToken, Session, User
from api.kernel.errors import invalid
from api.kernel.identifiers import uuid7
from api.kernel.principals import Principal
from api.kernel.transactions import current

# Longer than any two of our clocks or a replica may disagree about the end.
SESSIONS_KEPT = timedelta(days=1)
# Whoever reads a key's id in a log can still learn whose it was.
KEYS_KEPT = timedelta(seconds=targets.load().limit["log-retention"].value)
PIECE = 5_000

_FIND_LOGIN = "SELECT id, name, password_hash FROM find_login($1)"
_FIND_PERSON = "SELECT id, name FROM find_person($1)"
_ROTATE = "SELECT * FROM rotate_refresh_token($1, $2, $3, $4)"
_FORGET = "SELECT forget_ended_sessions($1, $3), forget_ended_api_keys($2, $3)"


class Person(Struct, frozen=True):
    """A person as others may see them."""

    id: UUID
    email: str
    name: str


class Login(Struct, frozen=True):
    """What a log-in is checked against; empty for an unknown address."""

    user: UUID | None = None
    name: str = ""
    password_hash: str | None = None


class Grant(Struct, frozen=True):
    """A session that goes on: whose it is, and its next refresh token."""

    session: UUID
    user: UUID
    organization: UUID
    refresh_token: str


class KeyRequest(Struct, frozen=True):
    """What somebody wants a key to be."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


class NewKey(Struct, frozen=True):
    """A key that was just made; `key` is never to be had again."""

    id: str
    key: str
    requested: KeyRequest
    created_at: datetime


class ApiKeyRecord(Struct, frozen=True):
    """What is known of a key."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


async def register_person(
    *, user: UUID, email: str, name: str, password_hash: str
) -> Person:
    """Keep a new person; raises EmailTaken."""
    address = email.lower()
    try:
        await User.insert(
            User(id=user, email=address, name=name, password_hash=password_hash)
        )
    except asyncpg.UniqueViolationError as error:
        raise EmailTaken from error
    return Person(user, address, name)


async def find_login(email: str) -> Login:
    """Return what to check a password against, before anybody is known."""
    row = await current().fetchrow(_FIND_LOGIN, email)
    if row is None:
        return Login()
    return Login(row["id"], row["name"], row["password_hash"])


async def find_person(email: str) -> UUID:
    """Return who is registered with an address; raises PersonUnknown."""
    found = await current().fetchrow(_FIND_PERSON, email)
    if found is None:
        raise PersonUnknown
    return UUID(bytes=found["id"].bytes)


async def keep_password_hash(*, user: UUID, password_hash: str) -> None:
    """Replace an outdated hash of the bound person."""
    await User.update({User.password_hash: password_hash}).where(User.id == user)


async def show_person(*, user: UUID) -> Person:
    """Return one person; raises TokenRefused when they are gone."""
    found = await list_people([user])
    if user not in found:
        raise TokenRefused
    return found[user]


async def list_people(users: list[UUID]) -> dict[UUID, Person]:
    """Return the people among these who are visible to the bound tenant or person."""
    rows = await User.select(User.id, User.email, User.name).where(User.id.is_in(users))
    return {row["id"]: Person(row["id"], row["email"], row["name"]) for row in rows}


async def rename_person(*, user: UUID, name: str) -> Person:
    """Change the bound person's name."""
    await User.update({User.name: name}).where(User.id == user)
    return await show_person(user=user)


async def start_session(
    *, user: UUID, organization: UUID, client: bytes, now: datetime
) -> Grant:
    """Begin a family of refresh tokens for the bound person."""
    session, refresh_token = uuid7(), tokens.new_refresh_token()
    await Session.insert(
        Session(
            id=session,
            user_id=user,
            organization_id=organization,
            client=client,
            created_at=now,
            expires_at=now + tokens.SESSION_LIFE,
        )
    )
    await RefreshToken.insert(
        RefreshToken(
            digest=tokens.digest_of(refresh_token),
            session_id=session,
            user_id=user,
            created_at=now,
        )
    )
    return Grant(session, user, organization, refresh_token)


async def rotate(*, refresh_token: str, successor: str, client: bytes) -> Grant | None:
    """Continue a session; None when the token had two holders.

    Then the family is revoked, and the caller must commit before it refuses.
    Raises TokenRefused for a token that is unknown or whose session has ended.
    """
    row = await current().fetchrow(
        _ROTATE,
        tokens.digest_of(refresh_token),
        tokens.digest_of(successor),
        client,
        tokens.GRACE,
    )
    if row is None or row["outcome"] == "ended":
        raise TokenRefused
    if row["outcome"] == "reused":
        return None
    return Grant(row["session_id"], row["user_id"], row["organization_id"], successor)


def require_single_holder(grant: Grant | None) -> Grant:
    """Raise RefreshTokenReused when the family was just revoked."""
    if grant is None:
        raise RefreshTokenReused
    return grant


async def move_session(*, session: UUID, organization: UUID) -> None:
    """Let the bound person's session speak for another of their organizations."""
    await Session.update({Session.organization_id: organization}).where(
        Session.id == session
    )


async def end_session(*, session: UUID | None, now: datetime) -> None:
    """Revoke a session and with it all of its refresh tokens."""
    await Session.update({Session.revoked_at: now}).where(
        Session.id == session, Session.revoked_at.is_null()
    )


def check_grantable(
    principal: Principal, requested: KeyRequest, *, now: datetime
) -> KeyRequest:
    """Return the requested if its maker may grant it.

    Raises ScopeRefused for what their own role may not do, and Invalid for an end
    that has passed.
    """
    beyond = [scope for scope in requested.scopes if not principal.may(scope)]
    if beyond:
        raise ScopeRefused(beyond[0])
    if requested.expires_at is not None and requested.expires_at <= now:
        raise invalid("expires_at", "has passed already")
    return requested


async def create_key(
    *, principal: Principal, requested: KeyRequest, environment: str, now: datetime
) -> NewKey:
    """Make an API key for the bound organization; only its digest is kept."""
    key, parts = new_key(environment)
    await ApiKey.insert(
        ApiKey(
            id=parts.id,
            organization_id=principal.organization_id,
            user_id=principal.user_id,
            name=requested.name,
            secret_digest=parts.secret_digest,
            scopes=list(requested.scopes),
            created_at=now,
            expires_at=requested.expires_at,
        )
    )
    return NewKey(parts.id, key, requested, now)


async def list_keys() -> list[ApiKeyRecord]:
    """Return the bound organization's keys that are not revoked, newest first."""
    rows = (
        await ApiKey.select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.scopes,
            ApiKey.created_at,
            ApiKey.expires_at,
            ApiKey.last_used_at,
        )
        .where(ApiKey.revoked_at.is_null())
        .order_by(ApiKey.created_at, ascending=False)
    )
    return [ApiKeyRecord(**row) for row in rows]


async def revoke_key(*, key_id: str, now: datetime) -> None:
    """End a key of the bound organization; raises ApiKeyMissing."""
    revoked = (
        await ApiKey.update({ApiKey.revoked_at: now})
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_null())
        .returning(ApiKey.id)
    )
    if not revoked:
        raise ApiKeyMissing


async def forget_ended(*, piece: int = PIECE) -> None:
    """Delete what ended long ago, `piece` rows of each kind at most.

    A session keeps all of its refresh tokens, used ones too, until SESSIONS_KEPT after
    the end it was given at log-in, revoked or not: as long as the family could live, a
    rotated token that comes back must reveal its second holder. Afterwards it is
    refused, known or not. A key stays for KEYS_KEPT after it expired or was revoked.
    """
    await current().execute(_FORGET, SESSIONS_KEPT, KEYS_KEPT, piece)
