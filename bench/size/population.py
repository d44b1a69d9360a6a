"""The distribution of events: a large tenant and many small ones, skewed names.

Everything is derived from the seed, so that two machines measure the same table.
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
"""The number of events with the rare names, at every size."""
RARE_TYPE, RARE_TOOL, RARE_ACTOR = "backup.restored", "tape-robot", "auditor"
FREQUENT_TYPE, FREQUENT_TOOL, FREQUENT_ACTOR = "kind_0.done", "tool-0", "actor-0"
APART_TYPE, APART_TOOL = "kind_1.done", "tool-1"
"""Both are frequent, and never occur in one event."""


class Skewed(Struct, frozen=True):
    """A distribution; item `n` is drawn for a number in 0…1 below `edges[n]`."""

    things: list[str]
    edges: list[float]


def skew(things: list[str], weights: list[float]) -> Skewed:
    """Return a distribution in proportion to the weights."""
    reached = list(accumulate(weights))
    return Skewed(things, [edge / reached[-1] for edge in reached[:-1]])


def tenants(large: str, seed: int) -> Skewed:
    """Return the tenants: `large` has half of all events, the others follow Zipf."""
    chance = Random(seed)  # noqa: S311 - repeatable, no secret
    small = [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(TENANTS)]
    zipf = weights(TENANTS)
    rest = (1 - LARGE_SHARE) / LARGE_SHARE / sum(zipf)
    return skew([large, *small], [1.0, *(weight * rest for weight in zipf)])


def types() -> Skewed:
    """Return types by Zipf's law: about every fourth event has the first."""
    return skew([f"kind_{n}.done" for n in range(TYPES)], weights(TYPES))


def weights(count: int) -> list[float]:
    """Return weights by Zipf's law: item `n` has 1/n of the first's frequency."""
    return [1 / rank for rank in range(1, count + 1)]
