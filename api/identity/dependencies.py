"""What the doors of this slice work with, put together once by the program."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from litestar import Request
from msgspec import Struct

from api.identity.credential_cache import Authenticator
from api.identity.passwords import Passwords
from api.identity.tokens import KeyRing
from api.kernel.clock import Clock


class AuthServices(Struct, frozen=True):
    """The tools of log-in: signing keys, the hasher, the cache of claims, the time."""

    ring: KeyRing
    passwords: Passwords
    authenticator: Authenticator
    clock: Clock
    environment: str

    def forget_user(self, user: UUID, organization: UUID) -> None:
        """Let a new role or a removal count at once on this instance."""
        self.authenticator.cache.forget(
            lambda one: (one.user_id, one.organization_id) == (user, organization)
        )

    def forget_session(self, session: UUID | None) -> None:
        """Let a log-out count at once on this instance."""
        self.authenticator.cache.forget(lambda one: one.session_id == session)

    def forget_key(self, key_id: str) -> None:
        """Let a revoked key count at once on this instance."""
        self.authenticator.cache.forget(lambda one: one.api_key == key_id)

    def now(self) -> datetime:
        """Return the time."""
        return self.clock()


def fingerprint_of(request: Request[Any, Any, Any]) -> bytes:
    """Return what tells one client from another well enough for a short grace."""
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return sha256(f"{address}\0{agent}".encode()).digest()
