"""Network policies as documented: whom they isolate, and what each pod is permitted.

A pod that no policy selects for a direction is open in it. A selected one is permitted
what any of its policies permits. Traffic within a pod, with its own node, and answers
are always permitted and stand in no permit.
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
    """Everything of the cluster that decides what is permitted."""

    pods: Sequence[Pod]
    namespaces: Sequence[Namespace]
    policies: Sequence[Policy]


def evaluate(world: World, node: str) -> list[Guarded]:
    """Every pod of the node that has an address of its own, by address."""
    judge = _Judge(world)
    here = [pod for pod in judge.pods if pod.spec.node_name == node]
    return [judge.guard(pod) for pod in sorted(here, key=number_of)]


class _Judge:
    """The world, looked up quickly."""

    def __init__(self, world: World) -> None:
        living = [pod for pod in world.pods if has_network(pod)]
        living.sort(key=lambda pod: pod.metadata.creation_timestamp)
        # An address that two pods claim is the younger's: the other is on its way out.
        self.pods = list({pod.status.address: pod for pod in living}.values())
        self._labels = {n.metadata.name: n.metadata.labels for n in world.namespaces}
        self._policies: dict[str, list[Policy]] = {}
        for policy in world.policies:
            self._policies.setdefault(policy.metadata.namespace, []).append(policy)

    def guard(self, pod: Pod) -> Guarded:
        """What its policies say of the pod."""
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
        """A port's name is looked up at each pod that is among the peers."""
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
        """The addresses of these peers; no peer named: everybody's."""
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
        """Both selectors of one peer must agree; without one for namespaces: ours."""
        space = pod.metadata.namespace
        if peer.namespace_selector is None:
            near = space == home
        else:
            labels = self._labels.get(space)
            near = labels is not None and selects(peer.namespace_selector, labels)
        within = peer.pod_selector
        return near and (within is None or selects(within, pod.metadata.labels))


def _isolates(spec: PolicySpec, direction: Direction) -> bool:
    """Without `policyTypes`: always ingress, and egress if there are such rules."""
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
    """The ports of a rule that need no pod to be known; no port named: all."""
    if not ports:
        yield None, PORTS
    for port in ports:
        if port.port is None:
            yield PROTOCOLS[port.protocol], PORTS
        elif isinstance(port.port, int):
            last = port.end_port or port.port
            yield PROTOCOLS[port.protocol], Span(port.port, last)


def _named(ports: Sequence[Port], pod: Pod) -> Iterator[tuple[Protocol, Span]]:
    """What the named ports of a rule are at this pod."""
    for port in ports:
        if isinstance(port.port, str):
            for number in ports_named(pod, port.port, port.protocol):
                yield PROTOCOLS[port.protocol], Span(number, number)


def _span_of(pod: Pod) -> Span:
    number = number_of(pod)
    return Span(number, number)
