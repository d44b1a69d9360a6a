"""One nftables table that keeps what was evaluated: a few rules, many elements.

It looks at what the node forwards, once kube-proxy has put the pod's address in place
of a service's, and after kube-proxy has refused what goes to a service without pods.
What the node itself sends to a pod, or a pod to its node, is not forwarded and so never
stopped.
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
    """The rules of a node that knows nothing yet: no pod is reached, none reaches."""
    return render([], range_of_pods)


def render(guarded: Sequence[Guarded], range_of_pods: IPv4Network) -> str:
    """The ruleset for `nft -f`, which replaces the one before as a whole or not at all.

    An address of the node's range that belongs to no known pod is closed: a pod that
    started a moment ago is never open before its policies are looked at. Who asks for
    one is refused, not left to wait: most often the pod has just gone.
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
    """Who is isolated, the peers that may do all, and what others may."""
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
    """Pods have no IPv6, but links of their own in it: a way around, so closed."""
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
