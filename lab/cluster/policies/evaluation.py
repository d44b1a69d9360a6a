"""Network policies as documented: the pods they isolate, and what each may do.

A pod that no policy selects for a direction is open in it. A selected pod is permitted
the union of its policies' rules. Traffic within a pod, with its own node, and replies
are always permitted and have no permit.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from lab.cluster.policies.blocks import spans_of
from lab.cluster.policies.kinds import (
    Egress,
    Ingress,
    Namespace,
    Peer,
    Pod,
    Policy,
    PolicySpec,
    Port,
)
from lab.cluster.policies.permits import (
    ADDRESSES,
    PORTS,
    Permit,
    Protocol,
    Span,
    disjoint,
)
from lab.cluster.policies.pod_network import has_network, number_of, ports_named
from lab.cluster.policies.selecting import selects

PROTOCOLS: dict[str, Protocol] = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}
Permits = tuple[Permit, ...]
Direction = Literal["Ingress", "Egress"]


class Guarded(Struct, frozen=True):
    """One pod of the node. None: no policy isolates it in that direction."""

    address: str
    entering: Permits | None = None
    leaving: Permits | None = None


class World(Struct, frozen=True):
    """All objects of the cluster that decide what is permitted."""

    pods: Sequence[Pod]
    namespaces: Sequence[Namespace]
    policies: Sequence[Policy]


def evaluate(world: World, node: str) -> list[Guarded]:
    """Return every pod of the node that has an address of its own, by address."""
    judge = _Judge(world)
    here = [pod for pod in judge.pods if pod.spec.node_name == node]
    return [judge.guard(pod) for pod in sorted(here, key=number_of)]


class _Judge:
    """Indexes of the world for evaluation."""

    def __init__(self, world: World) -> None:
        living = [pod for pod in world.pods if has_network(pod)]
        living.sort(key=lambda pod: pod.metadata.creation_timestamp)
        # Of two pods with one address the younger owns it: the other is terminating.
        self.pods = list({pod.status.address: pod for pod in living}.values())
        self._labels = {n.metadata.name: n.metadata.labels for n in world.namespaces}
        self._policies: dict[str, list[Policy]] = {}
        for policy in world.policies:
            self._policies.setdefault(policy.metadata.namespace, []).append(policy)

    def guard(self, pod: Pod) -> Guarded:
        """Return the permits that its policies give the pod."""
        selecting = [
            policy
            for policy in self._policies.get(pod.metadata.namespace, ())
            if selects(policy.spec.pod_selector, pod.metadata.labels)
        ]
        entering = [p for p in selecting if _isolates(p.spec, "Ingress")]
        leaving = [p for p in selecting if _isolates(p.spec, "Egress")]
        return Guarded(
            address=pod.status.address,
            entering=disjoint(self._entering(entering, pod)) if entering else None,
            leaving=disjoint(self._leaving(leaving)) if leaving else None,
        )

    def _entering(self, policies: list[Policy], pod: Pod) -> Iterator[Permit]:
        for policy, rule in _rules(policies, "Ingress"):
            doors = [*_numbered(rule.ports), *_named(rule.ports, pod)]
            for peers in self._peers(rule.peers, policy.metadata.namespace):
                for protocol, ports in doors:
                    yield Permit(peers, protocol, ports)

    def _leaving(self, policies: list[Policy]) -> Iterator[Permit]:
        """Yield egress permits; a named port is resolved at each peer pod."""
        for policy, rule in _rules(policies, "Egress"):
            doors = list(_numbered(rule.ports))
            for peers in self._peers(rule.peers, policy.metadata.namespace):
                for protocol, ports in doors:
                    yield Permit(peers, protocol, ports)
                if any(isinstance(port.port, str) for port in rule.ports):
                    yield from self._named(rule.ports, peers)

    def _named(self, ports: Sequence[Port], peers: Span) -> Iterator[Permit]:
        for pod in self.pods:
            if peers.first <= number_of(pod) <= peers.last:
                for protocol, found in _named(ports, pod):
                    yield Permit(_span_of(pod), protocol, found)

    def _peers(self, peers: Sequence[Peer], home: str) -> Iterator[Span]:
        """Return the peers' addresses; without a peer, all addresses."""
        if not peers:
            yield ADDRESSES
        for peer in peers:
            if peer.ip_block is not None:
                yield from spans_of(peer.ip_block)
            else:
                yield from (
                    _span_of(pod) for pod in self.pods if self._is(pod, peer, home)
                )

    def _is(self, pod: Pod, peer: Peer, home: str) -> bool:
        """Match both selectors; without one for namespaces, the policy's namespace."""
        space = pod.metadata.namespace
        if peer.namespace_selector is None:
            near = space == home
        else:
            labels = self._labels.get(space)
            near = labels is not None and selects(peer.namespace_selector, labels)
        within = peer.pod_selector
        return near and (within is None or selects(within, pod.metadata.labels))


def _isolates(spec: PolicySpec, direction: Direction) -> bool:
    """Without `policyTypes`: ingress always, egress if there are egress rules."""
    if spec.policy_types:
        return direction in spec.policy_types
    return direction == "Ingress" or bool(spec.egress)


def _rules(
    policies: Iterable[Policy], direction: Direction
) -> Iterator[tuple[Policy, Ingress | Egress]]:
    for policy in policies:
        spec = policy.spec
        rules: Sequence[Ingress | Egress] = (
            spec.ingress if direction == "Ingress" else spec.egress
        )
        yield from ((policy, rule) for rule in rules)


def _numbered(ports: Sequence[Port]) -> Iterator[tuple[Protocol | None, Span]]:
    """Yield the ports of a rule that depend on no pod; without a port, all."""
    if not ports:
        yield None, PORTS
    for port in ports:
        if port.port is None:
            yield PROTOCOLS[port.protocol], PORTS
        elif isinstance(port.port, int):
            last = port.end_port or port.port
            yield PROTOCOLS[port.protocol], Span(port.port, last)


def _named(ports: Sequence[Port], pod: Pod) -> Iterator[tuple[Protocol, Span]]:
    """Yield the numbers of the rule's named ports at this pod."""
    for port in ports:
        if isinstance(port.port, str):
            for number in ports_named(pod, port.port, port.protocol):
                yield PROTOCOLS[port.protocol], Span(number, number)


def _span_of(pod: Pod) -> Span:
    number = number_of(pod)
    return Span(number, number)
