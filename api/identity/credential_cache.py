"""Who stands behind a token, remembered for seconds and checked for its end each time.

A token's signature is verified once. Its session, its key and the member's role are
looked up again after 25 seconds; while one request asks, others are answered from
what is known, for 30 seconds at the most. That is how long a revocation made on
another instance may take; one made here counts at once.
"""

import hmac
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from time import monotonic
from uuid import UUID

from msgspec import Struct

from api.identity import api_keys
from api.identity.errors import TokenRefused
from api.identity.tokens import KeyRing
from api.kernel.clock import Clock
from api.kernel.principals import KEY_SCOPES, PERMISSIONS, Principal, Role
from api.kernel.transactions import reading, transaction

ASK_AGAIN_SECONDS = 25.0
TRUST_SECONDS = 30.0
_MOST_REMEMBERED = 10_000

_FIND_SESSION = "SELECT user_id, role FROM find_session($1, $2)"
_FIND_KEY = "SELECT * FROM find_api_key($1)"
_TOUCH_KEY = "SELECT touch_api_key($1)"


class CachedCredential(Struct):
    """A principal, when its token ends, and how long it may be believed."""

    principal: Principal
    ends: float
    asked: float
    being_asked: bool = False


class CredentialCache:
    """The principals of the tokens that were seen last, each found by its digest."""

    def __init__(self, *, size: int = _MOST_REMEMBERED) -> None:
        self._size = size
        self._known: OrderedDict[bytes, CachedCredential] = OrderedDict()

    def get(self, name: bytes) -> CachedCredential | None:
        """Return what is known, and make it the last to be dropped."""
        known = self._known.get(name)
        if known is not None:
            self._known.move_to_end(name)
        return known

    def put(self, name: bytes, known: CachedCredential) -> None:
        """Remember, dropping what was not used for longest when it is full."""
        self._known[name] = known
        self._known.move_to_end(name)
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def drop(self, name: bytes) -> None:
        """Forget one token."""
        self._known.pop(name, None)

    def forget(self, stale: Callable[[Principal], bool]) -> None:
        """Forget every principal that a revocation or a new role concerns."""
        names = [name for name, one in self._known.items() if stale(one.principal)]
        for name in names:
            del self._known[name]


class Authenticator:
    """Turns a bearer token or an API key into a principal."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        clock: Clock,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self.cache = CredentialCache()
        self._ring = ring
        self._clock = clock
        self._steady = steady

    async def verify(self, token: str) -> Principal:
        """Return who stands behind the token.

        Raises TokenRefused, or Unavailable when the database must be asked and is
        away.
        """
        name = blake2b(token.encode(), digest_size=16).digest()
        known = self.cache.get(name)
        if known is not None and self._believes(known):
            return known.principal
        if known is not None:
            known.being_asked = True
        try:
            fresh = await self._ask(token)
        except TokenRefused:
            self.cache.drop(name)
            raise
        finally:
            if known is not None:
                known.being_asked = False
        self.cache.put(name, fresh)
        return fresh.principal

    def _believes(self, known: CachedCredential) -> bool:
        if self._clock().timestamp() >= known.ends:
            return False
        age = self._steady() - known.asked
        return age < (TRUST_SECONDS if known.being_asked else ASK_AGAIN_SECONDS)

    async def _ask(self, token: str) -> CachedCredential:
        asked = self._steady()
        if token.startswith(api_keys.PREFIX):
            principal, ends = await _find_key(token)
        else:
            claims = self._ring.verify(token, now=self._clock())
            principal = await _find_session(claims.sub, claims.org, claims.sid)
            ends = float(claims.exp)
        return CachedCredential(principal, ends, asked)


async def _find_session(user: UUID, organization: UUID, session: UUID) -> Principal:
    async with reading(None) as connection:
        row = await connection.fetchrow(_FIND_SESSION, session, organization)
    if row is None or row["user_id"] != user:
        raise TokenRefused
    role = Role(row["role"])
    return Principal(
        user_id=user,
        organization_id=organization,
        role=role,
        scopes=PERMISSIONS[role],
        session_id=session,
    )


async def _find_key(key: str) -> tuple[Principal, float]:
    parts = api_keys.parse_key(key)
    async with transaction(None) as connection:
        row = await connection.fetchrow(_FIND_KEY, parts.id)
        if row is None or not hmac.compare_digest(
            row["secret_digest"], parts.secret_digest
        ):
            raise TokenRefused
        await connection.execute(_TOUCH_KEY, parts.id)
    role = Role(row["role"])
    principal = Principal(
        user_id=row["user_id"],
        organization_id=row["organization_id"],
        role=role,
        scopes=PERMISSIONS[role] & KEY_SCOPES & frozenset(row["scopes"]),
        api_key=parts.id,
    )
    ends = row["expires_at"]
    return principal, ends.timestamp() if ends else float("inf")
