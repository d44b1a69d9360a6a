"""Idempotency keys: one effect and one response for each key.

The response is stored in the transaction of the effect, so both are committed or
neither is. Stored responses may hold secrets, so they are encrypted under a key derived
from the client's idempotency key and the server's secret.
"""

import hmac
import os
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from api.kernel.errors import Conflict
from api.kernel.transactions import current

#: Look-ups ignore older keys, and the workers delete them.
KEPT_HOURS = 24
_NONCE_BYTES = 12
NO_TENANT = UUID(int=0)

_secrets: list[bytes] = []

_LOCK = "SELECT pg_try_advisory_xact_lock($1)"
_READ = """
    SELECT request_digest, answer FROM idempotency_keys
    WHERE organization_id = $1 AND route = $2 AND key = $3
      AND created_at > now() - make_interval(hours => $4)
"""
_STORE = """
    INSERT INTO idempotency_keys
        (organization_id, route, key, request_digest, status, answer)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (organization_id, route, key) DO UPDATE SET
        request_digest = excluded.request_digest, status = excluded.status,
        answer = excluded.answer, created_at = now()
"""


class KeyInFlight(Conflict):
    """A request with the same key is in progress."""

    code = "idempotency_key_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still running.")


class KeyReused(Conflict):
    """The key was used before, with a different request."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request.")


class IdempotentRequest(Struct, frozen=True):
    """One arrival of a request that creates something.

    `key` is the client's key, if any. `organization_id` is NO_TENANT before there is a
    tenant; then `scope` separates the keys of different callers.
    """

    organization_id: UUID
    route: str
    key: str | None
    body: bytes
    scope: str = ""


class StoredResponse(Struct, frozen=True):
    """The response, sent now and for every repetition of the request."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    repeated: bool = False


def use(secrets: Sequence[bytes]) -> None:
    """Set the server's secrets: the first encrypts, all decrypt."""
    _secrets[:] = secrets


async def run_once(
    attempt: IdempotentRequest, work: Callable[[], Awaitable[StoredResponse]]
) -> StoredResponse:
    """Run the work, or return the stored response of the same request.

    Runs inside the caller's transaction. Raises KeyInFlight and KeyReused.
    """
    if attempt.key is None:
        return await work()
    connection = current()
    name = sha256(f"{attempt.scope}\0{attempt.key}".encode()).digest()
    identity = (attempt.organization_id, attempt.route, name)
    if not await connection.fetchval(_LOCK, _lock_number(identity)):
        raise KeyInFlight
    digest = sha256(attempt.body).digest()
    row = await connection.fetchrow(_READ, *identity, KEPT_HOURS)
    if row is not None:
        if not hmac.compare_digest(row["request_digest"], digest):
            raise KeyReused
        return msgspec.structs.replace(_open(attempt, row["answer"]), repeated=True)
    answer = await work()
    sealed = _seal(attempt, answer)
    await connection.execute(_STORE, *identity, digest, answer.status, sealed)
    return answer


def _lock_number(identity: tuple[UUID, str, bytes]) -> int:
    organization_id, route, name = identity
    digest = sha256(organization_id.bytes + route.encode() + name).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _seal(attempt: IdempotentRequest, answer: StoredResponse) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_cipher_key(_secrets[0], attempt))
    packed = msgspec.msgpack.encode(answer)
    return nonce + cipher.encrypt(nonce, packed, attempt.route.encode())


def _open(attempt: IdempotentRequest, sealed: bytes) -> StoredResponse:
    nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for secret in _secrets:
        cipher = AESGCM(_cipher_key(secret, attempt))
        try:
            packed = cipher.decrypt(nonce, box, attempt.route.encode())
        except InvalidTag:
            continue
        return msgspec.msgpack.decode(packed, type=StoredResponse)
    raise KeyReused


def _cipher_key(secret: bytes, attempt: IdempotentRequest) -> bytes:
    name = f"idempotency\0{attempt.organization_id}\0{attempt.scope}\0{attempt.key}"
    return hmac.digest(secret, name.encode(), "sha256")
