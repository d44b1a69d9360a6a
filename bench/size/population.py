"""Who produces the events: many small tenants and a large one, a few loud names.

Everything follows from the seed, so two machines measure the same table.
"""

from itertools import accumulate
from random import Random
from uuid import UUID

from msgspec import Struct

TENANTS = 20
LARGE_SHARE = 0.5
TYPES = 40
TOOLS = 12
ACTORS = 2_000
RARE_EVENTS = 200
"""How many events carry the rare names, however many there are in all."""
RARE_TYPE, RARE_TOOL, RARE_ACTOR = "backup.restored", "tape-robot", "auditor"
FREQUENT_TYPE, FREQUENT_TOOL, FREQUENT_ACTOR = "kind_0.done", "tool-0", "actor-0"
APART_TYPE, APART_TOOL = "kind_1.done", "tool-1"
"""Both are frequent, and never meet in one event."""


class Skewed(Struct, frozen=True):
    """Things to draw from; thing `n` is drawn below `edges[n]` of a number in 0…1."""

    things: list[str]
    edges: list[float]


def skew(things: list[str], weights: list[float]) -> Skewed:
    """Draw each thing as often as its weight says, in parts of all weights."""
    reached = list(accumulate(weights))
    return Skewed(things, [edge / reached[-1] for edge in reached[:-1]])


def tenants(large: str, seed: int) -> Skewed:
    """`large` has half of all events; the others share the rest by Zipf's law."""
    chance = Random(seed)  # noqa: S311 - repeatable, no secret
    small = [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(TENANTS)]
    zipf = weights(TENANTS)
    rest = (1 - LARGE_SHARE) / LARGE_SHARE / sum(zipf)
    return skew([large, *small], [1.0, *(weight * rest for weight in zipf)])


def types() -> Skewed:
    """Zipf again: the loudest type is about every fourth event."""
    return skew([f"kind_{n}.done" for n in range(TYPES)], weights(TYPES))


def weights(count: int) -> list[float]:
    """Zipf's law: the second is half as frequent as the first, and so on."""
    return [1 / rank for rank in range(1, count + 1)]
