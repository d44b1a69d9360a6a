"""Pages and cursors: the signed position in a list, bound to its filter.

A cursor is opaque to clients. It holds the sort key of the last row and a digest of
tenant, filter and order. So a cursor of another filter or tenant, or an edited one, is
bad input and never a wrong page.
"""

import binascii
import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from api.kernel.errors import invalid

T = TypeVar("T")

_DIGEST_BYTES = 8
_SIGNATURE_BYTES = 16
_LONGEST = 512
_encode = msgspec.msgpack.Encoder().encode
_keys: list[bytes] = []


class Page(Struct, Generic[T], frozen=True):
    """One page of a list; `next_cursor` is null on the last one."""

    data: list[T]
    next_cursor: str | None = None


def use(secrets: Sequence[bytes]) -> None:
    """Set the secrets that sign cursors: the first signs, all verify."""
    _keys[:] = [
        blake2b(secret, digest_size=32, person=b"cursor").digest() for secret in secrets
    ]


def digest_of(*parts: object) -> bytes:
    """Return the digest of a list's tenant, filters and sort order."""
    return blake2b(_encode(parts), digest_size=_DIGEST_BYTES).digest()


def encode_cursor(values: Sequence[Any], *, digest: bytes) -> str:
    """Return the cursor that continues after the row with these sort values."""
    body = digest + _encode(values)
    return _text(_sign(_keys[0], body) + body)


def decode_cursor(text: str, kind: type[T], *, digest: bytes) -> T:
    """Return the sort values as `kind`; raises Invalid naming `cursor`.

    Refuses a cursor with an invalid signature, and one of another list.
    """
    body = _verified(text)
    if body is None:
        raise invalid("cursor", "is not a cursor that was given out here")
    if body[:_DIGEST_BYTES] != digest:
        raise invalid("cursor", "belongs to a list with other filters or order")
    try:
        return msgspec.msgpack.decode(body[_DIGEST_BYTES:], type=kind)
    except msgspec.MsgspecError as error:
        raise invalid("cursor", "belongs to another kind of list") from error


def _verified(text: str) -> bytes | None:
    if len(text) > _LONGEST:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if _text(raw) != text:
        return None  # one cursor has one spelling
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    known = any(hmac.compare_digest(signature, _sign(key, body)) for key in _keys)
    return body if known else None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(key: bytes, body: bytes) -> bytes:
    return blake2b(body, key=key, digest_size=_SIGNATURE_BYTES).digest()
