"""How fresh a read must be, as its caller says with `Read-After`.

Nothing said: the primary answers. A position: whoever shows everything up to it,
be it the cache, a replica or the primary. `any`: whoever is at hand.
"""

from typing import Literal

from msgspec import Struct

from api.kernel.lsn import parse_lsn

HEADER = "Read-After"
BEGINNING = "0/0"

Source = Literal["primary", "replica", "cache"]


class Freshness(Struct, frozen=True):
    """What the caller accepts; `position` is the newest write it knows of."""

    position: str | None = None
    stale: bool = False

    @property
    def relaxed(self) -> bool:
        """Tell whether anything but the primary may answer."""
        return self.stale or self.position is not None


def read_freshness(header: str | None) -> Freshness:
    """Read the header; raises Invalid naming it."""
    if header is None:
        return Freshness()
    if header.lower() == "any":
        return Freshness(stale=True)
    return Freshness(position=parse_lsn(header, field=HEADER))
