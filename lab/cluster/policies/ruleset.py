"""One nftables table that enforces the permits: a few rules, many elements.

It filters forwarded packets, after kube-proxy has replaced a service's address by the
pod's, and has rejected packets to a service without pods. Packets between a node and
its own pods are not forwarded, so they are never blocked.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from lab.cluster.policies.evaluation import Guarded
from lab.cluster.policies.permits import Permit, Span

FAMILY: Final = "inet"
TABLE: Final = "holdfast-policy"
_PAIR: Final = "ipv4_addr . ipv4_addr"
_DOOR: Final = "ipv4_addr . ipv4_addr . inet_proto . inet_service"


def closed(range_of_pods: IPv4Network) -> str:
    """Return the rules of a node without policies yet: they block every pod."""
    return render([], range_of_pods)


def render(guarded: Sequence[Guarded], range_of_pods: IPv4Network) -> str:
    """Return the ruleset for `nft -f`, which replaces the earlier one atomically.

    An address of the node's range that belongs to no known pod is closed: a new pod is
    never open before its policies are evaluated. Connections to it are rejected, not
    dropped: most often the pod has just ended.
    """
    entering = [(g.address, g.entering) for g in guarded if g.entering is not None]
    leaving = [(g.address, g.leaving) for g in guarded if g.leaving is not None]
    lines = [
        f"add table {FAMILY} {TABLE}",
        f"delete table {FAMILY} {TABLE}",
        f"table {FAMILY} {TABLE} {{",
        *_set("known", "ipv4_addr", (g.address for g in guarded)),
        *_set("itself", _PAIR, (f"{g.address} . {g.address}" for g in guarded)),
        *_direction("entering", entering),
        *_direction("leaving", leaving),
        *_verdicts(range_of_pods),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _direction(
    name: str, guarded: Sequence[tuple[str, Iterable[Permit]]]
) -> Iterator[str]:
    """Yield the isolated pods, peers with all ports, and permits of other peers."""
    pairs = [(address, permit) for address, permits in guarded for permit in permits]
    yield from _set(name, "ipv4_addr", (address for address, _ in guarded))
    everything = (
        f"{address} . {_addresses(permit.peers)}"
        for address, permit in pairs
        if permit.protocol is None
    )
    yield from _set(f"{name}-all", _PAIR, everything, ranges=True)
    doors = (
        f"{address} . {_addresses(permit.peers)} . {permit.protocol}"
        f" . {_ports(permit.ports)}"
        for address, permit in pairs
        if permit.protocol is not None
    )
    yield from _set(f"{name}-doors", _DOOR, doors, ranges=True)


def _verdicts(range_of_pods: IPv4Network) -> Iterator[str]:
    """Yield the verdicts; pods' link-local IPv6 would be a bypass, so it is closed."""
    door = "meta l4proto . th dport"
    yield f"""chain forward {{
    type filter hook forward priority filter + 10; policy accept;
    meta nfproto ipv6 counter drop
    ct state established,related accept
    ip saddr . ip daddr @itself accept
    ip saddr {range_of_pods} ip saddr != @known counter drop
    ip daddr {range_of_pods} ip daddr != @known counter reject
    ip saddr @leaving jump leave
    ip daddr @entering jump enter
}}
chain leave {{
    ip saddr . ip daddr @leaving-all return
    ip saddr . ip daddr . {door} @leaving-doors return
    counter drop
}}
chain enter {{
    ip daddr . ip saddr @entering-all return
    ip daddr . ip saddr . {door} @entering-doors return
    counter drop
}}"""


def _set(
    name: str, kind: str, elements: Iterable[str], *, ranges: bool = False
) -> Iterator[str]:
    held = ",\n".join(elements)
    flags = " flags interval;" if ranges else ""
    filled = f" elements = {{ {held} }};" if held else ""
    yield f"set {name} {{ type {kind};{flags}{filled} }}"


def _addresses(span: Span) -> str:
    first, last = IPv4Address(span.first), IPv4Address(span.last)
    return str(first) if first == last else f"{first}-{last}"


def _ports(span: Span) -> str:
    return str(span.first) if span.first == span.last else f"{span.first}-{span.last}"
