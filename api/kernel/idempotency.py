"""One effect and one answer a key, however often the request arrives.

The answer is stored in the transaction of the effect, so either both stand or
neither does. Stored answers may hold secrets: they are encrypted under a key that
only the client's own key and the server's secret make together.
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

KEPT_HOURS = 24
_NONCE_BYTES = 12
NOBODY = UUID(int=0)

_secrets: list[bytes] = []

_LOCK = "SELECT pg_try_advisory_xact_lock($1)"
_READ = f"""
    SELECT request_digest, answer FROM idempotency_keys
    WHERE organization_id = $1 AND route = $2 AND key = $3
      AND created_at > now() - interval '{KEPT_HOURS} hours'
"""  # noqa: S608 - a constant of this file
_KEEP = """
    INSERT INTO idempotency_keys
        (organization_id, route, key, request_digest, status, answer)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (organization_id, route, key) DO UPDATE SET
        request_digest = excluded.request_digest, status = excluded.status,
        answer = excluded.answer, created_at = now()
"""


class KeyInFlight(Conflict):
    """A request with the same key is still being answered."""

    code = "idempotency_key_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still running.")


class KeyReused(Conflict):
    """The key came with another request before."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request.")


class Attempt(Struct, frozen=True):
    """One arrival of a request that creates something.

    `key` is what the client sent, None when it sent nothing. `organization` is
    NOBODY before there is a tenant; then `scope` keeps strangers apart.
    """

    organization: UUID
    route: str
    key: str | None
    body: bytes
    scope: str = ""


class Answer(Struct, frozen=True):
    """What the client is told, now and every time it asks again."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    repeated: bool = False


def use(secrets: Sequence[bytes]) -> None:
    """Take the server's secrets: the first encrypts, all decrypt."""
    _secrets[:] = secrets


async def answer_once(
    attempt: Attempt, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do the work, or repeat the answer that the same request was given.

    Runs inside the caller's transaction. Raises KeyInFlight and KeyReused.
    """
    if attempt.key is None:
        return await work()
    connection = current()
    name = sha256(f"{attempt.scope}\0{attempt.key}".encode()).digest()
    identity = (attempt.organization, attempt.route, name)
    if not await connection.fetchval(_LOCK, _lock_number(identity)):
        raise KeyInFlight
    digest = sha256(attempt.body).digest()
    row = await connection.fetchrow(_READ, *identity)
    if row is not None:
        if not hmac.compare_digest(row["request_digest"], digest):
            raise KeyReused
        return msgspec.structs.replace(_open(attempt, row["answer"]), repeated=True)
    answer = await work()
    sealed = _seal(attempt, answer)
    await connection.execute(_KEEP, *identity, digest, answer.status, sealed)
    return answer


def _lock_number(identity: tuple[UUID, str, bytes]) -> int:
    organization, route, name = identity
    digest = sha256(organization.bytes + route.encode() + name).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _seal(attempt: Attempt, answer: Answer) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_cipher_key(_secrets[0], attempt))
    packed = msgspec.msgpack.encode(answer)
    return nonce + cipher.encrypt(nonce, packed, attempt.route.encode())


def _open(attempt: Attempt, sealed: bytes) -> Answer:
    nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for secret in _secrets:
        cipher = AESGCM(_cipher_key(secret, attempt))
        try:
            packed = cipher.decrypt(nonce, box, attempt.route.encode())
        except InvalidTag:
            continue
        return msgspec.msgpack.decode(packed, type=Answer)
    raise KeyReused


def _cipher_key(secret: bytes, attempt: Attempt) -> bytes:
    name = f"idempotency\0{attempt.organization}\0{attempt.scope}\0{attempt.key}"
    return hmac.digest(secret, name.encode(), "sha256")
