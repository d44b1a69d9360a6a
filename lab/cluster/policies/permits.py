"""A pod's permissions as ranges of numbers, in one normal form."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, Literal

from msgspec import Struct

Protocol = Literal["tcp", "udp", "sctp"]


class Span(Struct, frozen=True, order=True):
    """Whole numbers from the first to the last, both included."""

    first: int
    last: int


ADDRESSES: Final = Span(0, 2**32 - 1)
"""Every address of IPv4."""
PORTS: Final = Span(0, 2**16 - 1)


class Permit(Struct, frozen=True):
    """These peers, by this protocol, at these ports of the accepting side.

    Without a protocol: any protocol, any port.
    """

    peers: Span
    protocol: Protocol | None = None
    ports: Span = PORTS


Doors = dict[Protocol, list[Span]] | None
"""Open ports of one peer by protocol, or None for all traffic."""


def disjoint(permits: Iterable[Permit]) -> tuple[Permit, ...]:
    """Return the same permissions as pieces that do not overlap, sorted.

    Equal permissions give equal pieces, in any notation.
    """
    given = sorted(set(permits), key=lambda permit: permit.peers)
    return tuple(
        permit for peers, doors in _joined(given) for permit in _pieces(peers, doors)
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order; those that touch are merged."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.first <= found[-1].last + 1:
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def _joined(permits: list[Permit]) -> list[tuple[Span, Doors]]:
    """Merge neighbouring peers that have the same ports."""
    found: list[tuple[Span, Doors]] = []
    for peers, doors in _cut(permits):
        if found and found[-1][0].last + 1 == peers.first and found[-1][1] == doors:
            found[-1] = (Span(found[-1][0].first, peers.last), doors)
        else:
            found.append((peers, doors))
    return found


def _cut(permits: list[Permit]) -> Iterator[tuple[Span, Doors]]:
    """Split peers wherever a permit begins or ends."""
    edges = {permit.peers.first for permit in permits}
    edges |= {permit.peers.last + 1 for permit in permits}
    for first, after in pairwise(sorted(edges)):
        held = [p for p in permits if p.peers.first <= first <= p.peers.last]
        if held:
            yield Span(first, after - 1), _doors(held)


def _doors(permits: list[Permit]) -> Doors:
    spans: dict[Protocol, list[Span]] = {}
    for permit in permits:
        if permit.protocol is None:
            return None
        spans.setdefault(permit.protocol, []).append(permit.ports)
    return {protocol: joined(spans[protocol]) for protocol in sorted(spans)}


def _pieces(peers: Span, doors: Doors) -> Iterator[Permit]:
    if doors is None:
        yield Permit(peers)
        return
    for protocol, spans in doors.items():
        yield from (Permit(peers, protocol, span) for span in spans)
