"""One contradiction between promises."""

from msgspec import Struct


class Finding(Struct, frozen=True):
    """`name` is the key that answers it under [resolution]."""

    name: str
    says: str
