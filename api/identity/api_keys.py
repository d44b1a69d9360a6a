"""API keys: `hf_<environment>_<id>_<secret><checksum>`.

The id finds the key, the secret proves it, the checksum refuses typing errors before
anybody asks the database. PATTERN is published for secret scanners.
"""

import re
import secrets
from binascii import crc32
from hashlib import sha256

from msgspec import Struct

from api.identity.errors import TokenRefused

PREFIX = "hf_"
PATTERN = r"hf_[a-z]+_[0-9A-Za-z]{12}_[0-9A-Za-z]{28}"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = 12
_SECRET_LETTERS = 22  # 131 bits
_CHECKSUM_LETTERS = 6  # 62⁶ > 2³²
_FORM = re.compile(PATTERN)


class KeyParts(Struct, frozen=True):
    """A key taken apart: its public id, and the SHA-256 of its secret."""

    id: str
    secret_digest: bytes


def new_key(environment: str) -> tuple[str, KeyParts]:
    """Return a key, to be shown once, and what is kept of it."""
    identifier = _letters(_ID_LETTERS)
    secret = _letters(_SECRET_LETTERS)
    head = f"{PREFIX}{environment}_{identifier}_{secret}"
    return head + _checksum(head), KeyParts(identifier, _digest(secret))


def parse_key(key: str) -> KeyParts:
    """Return the parts of a well-formed key; raises TokenRefused."""
    head, checksum = key[:-_CHECKSUM_LETTERS], key[-_CHECKSUM_LETTERS:]
    if not _FORM.fullmatch(key) or _checksum(head) != checksum:
        raise TokenRefused
    _, _, identifier, secret = head.split("_")
    return KeyParts(identifier, _digest(secret))


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _checksum(head: str) -> str:
    number, letters = crc32(head.encode()), ""
    for _ in range(_CHECKSUM_LETTERS):
        number, digit = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return letters
