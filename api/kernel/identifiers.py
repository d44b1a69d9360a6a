"""Identifiers that sort by creation time (RFC 9562, version 7)."""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_LOW_62_BITS = (1 << 62) - 1


def uuid7() -> UUID:
    """Return a version 7 UUID: 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    high = milliseconds << 80 | _VERSION | (chance >> 62 & 0xFFF) << 64
    return UUID(int=high | _VARIANT | chance & _LOW_62_BITS)
