"""An `ipBlock` as ranges of addresses."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network

from lab.cluster.policies.kinds import Block
from lab.cluster.policies.permits import Span


def spans_of(block: Block) -> Iterator[Span]:
    """Return the range without its exceptions; pods here have no IPv6."""
    whole = _span(block.cidr)
    if whole is None:
        return
    first = whole.first
    gaps = [gap for cidr in block.without if (gap := _span(cidr)) is not None]
    for gap in sorted(gaps):
        if gap.first > first:
            yield Span(first, min(gap.first - 1, whole.last))
        first = max(first, gap.last + 1)
    if first <= whole.last:
        yield Span(first, whole.last)


def _span(cidr: str) -> Span | None:
    network = ip_network(cidr, strict=False)
    if not isinstance(network, IPv4Network):
        return None
    return Span(int(network.network_address), int(network.broadcast_address))
