"""One contradiction between targets."""

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One finding; `name` is its key under [resolution]."""

    name: str
    says: str
