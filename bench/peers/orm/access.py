"""Authentication: a JWT verified on each request, passwords hashed off the loop."""

import hashlib
import os
import secrets
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

ACCESS_SECONDS = 600
SESSION_LIFE = timedelta(days=7)
_ALGORITHM = "HS256"
_AUDIENCE = "holdfast-api:local"
_ISSUER = "holdfast"

# The same cost as ours: OWASP's m = 7 MiB, t = 5, p = 1.
_hasher = PasswordHasher(memory_cost=7_168, time_cost=5, parallelism=1)
_key = b64decode(os.environ["BENCH_KEY"])
_bearer = HTTPBearer()


class Caller(BaseModel):
    """The claims of the token."""

    user: UUID
    organization: UUID


async def find_caller(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)],
) -> Caller:
    """Verify the token; raises 401."""
    try:
        claims = jwt.decode(
            credentials.credentials,
            _key,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            issuer=_ISSUER,
        )
    except jwt.InvalidTokenError as fault:
        raise HTTPException(401, "The token is not valid.") from fault
    return Caller(user=claims["sub"], organization=claims["org"])


CallerOf = Annotated[Caller, Depends(find_caller)]


async def matches(password: str, known_hash: str) -> bool:
    """Tell whether the password is right."""
    try:
        return await run_in_threadpool(_hasher.verify, known_hash, password)
    except VerifyMismatchError:
        return False


def sign(user: UUID, organization: UUID, session: UUID) -> str:
    """Return an access token like ours."""
    now = datetime.now(UTC)
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": str(user),
        "org": str(organization),
        "sid": str(session),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(seconds=ACCESS_SECONDS),
    }
    return jwt.encode(claims, _key, algorithm=_ALGORITHM)


def draw_refresh_token() -> tuple[str, bytes]:
    """Return a new refresh token and its digest to store."""
    token = secrets.token_urlsafe(32)
    return token, hashlib.sha256(token.encode()).digest()
