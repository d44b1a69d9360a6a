"""Access tokens that anybody may carry, refresh tokens that only we can continue."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from msgspec import Struct

from api.identity.errors import TokenRefused
from api.kernel.identifiers import uuid7
from api.settings import TokenKey

ACCESS_SECONDS = 600
SESSION_LIFE = timedelta(days=7)
# The same client may repeat a refresh whose answer it never saw.
GRACE = timedelta(seconds=10)

_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_ISSUER = "holdfast"
_REFRESH_PREFIX = "hfr_"


class Claims(Struct, frozen=True):
    """What an access token says. Times are seconds since the epoch."""

    iss: str
    aud: str
    sub: UUID
    org: UUID
    sid: UUID
    jti: UUID
    iat: int
    exp: int


class KeyRing:
    """The signing keys: the first signs, all verify, the name says which."""

    def __init__(self, keys: Sequence[TokenKey], *, audience: str) -> None:
        if not keys:
            message = "no signing key: set HOLDFAST_TOKEN_KEYS"
            raise ValueError(message)
        self._secret = keys[0].secret
        self._keys = {key.kid: OctKey.import_key(key.secret) for key in keys}
        self._first = keys[0].kid
        self._audience = audience

    def sign(
        self, *, user: UUID, organization: UUID, session: UUID, now: datetime
    ) -> str:
        """Return an access token that lives for ACCESS_SECONDS."""
        issued = int(now.timestamp())
        claims = Claims(
            iss=_ISSUER,
            aud=self._audience,
            sub=user,
            org=organization,
            sid=session,
            jti=uuid7(),
            iat=issued,
            exp=issued + ACCESS_SECONDS,
        )
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._first}
        payload = msgspec.to_builtins(claims)
        return jwt.encode(header, payload, self._keys[self._first])

    def verify(self, token: str, *, now: datetime) -> Claims:
        """Return what the token says; raises TokenRefused for any fault."""
        try:
            opened = jwt.decode(token, self._key_of, algorithms=[_ALGORITHM])
            claims = msgspec.convert(opened.claims, Claims)
        except (JoseError, msgspec.ValidationError, ValueError) as fault:
            raise TokenRefused from fault
        if opened.header.get("typ") != _TYPE:
            raise TokenRefused
        if (claims.iss, claims.aud) != (_ISSUER, self._audience):
            raise TokenRefused
        if not claims.iat - ACCESS_SECONDS <= now.timestamp() < claims.exp:
            raise TokenRefused
        return claims

    def successor(self, refresh_token: str) -> str:
        """Return what follows a refresh token.

        It is derived, not drawn, so that a repeated refresh gets the same one
        without anybody having to keep it.
        """
        named = b"refresh\0" + refresh_token.encode()
        return _spell(hmac.digest(self._secret, named, "sha256"))

    def _key_of(self, opened: Any) -> OctKey:  # noqa: ANN401 - joserfc passes several kinds
        key = self._keys.get(opened.headers().get("kid", ""))
        if key is None:
            raise TokenRefused
        return key


def new_refresh_token() -> str:
    """Return the first refresh token of a session: 256 bits of chance."""
    return _spell(secrets.token_bytes(32))


def digest_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return sha256(token.encode()).digest()


def _spell(raw: bytes) -> str:
    return _REFRESH_PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()
