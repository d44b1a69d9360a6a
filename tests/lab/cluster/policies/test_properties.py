"""Properties of every set of policies, over generated ones."""

from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.cluster.policies.evaluation import World, evaluate
from lab.cluster.policies.kinds import (
    Block,
    Egress,
    Ingress,
    Meta,
    Peer,
    Policy,
    PolicySpec,
    Port,
    Requirement,
    Selector,
)
from lab.cluster.policies.permits import PORTS, Permit, Span, disjoint

unhurried = settings(deadline=None)
"""Slowness on a busy machine is not a counterexample."""
NUMBERS = range(1, 7)
NAMED = {"web": ("TCP", 80), "dns": ("UDP", 53)}
labels = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))
selectors = st.builds(
    Selector,
    match_labels=labels,
    match_expressions=st.lists(
        st.builds(
            Requirement,
            key=st.sampled_from("ab"),
            operator=st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
            values=st.just(("x",)),
        ),
        max_size=1,
    ).map(tuple),
)
blocks = st.builds(
    Block,
    cidr=st.sampled_from(["0.0.0.0/0", "198.19.1.0/30", "198.19.1.4/30"]),
    without=st.lists(
        st.sampled_from(["198.19.1.0/31", "198.19.1.5/32", "198.19.0.0/16"]), max_size=2
    ).map(tuple),
)
peers = st.one_of(
    st.builds(Peer, ip_block=blocks),
    st.builds(Peer, pod_selector=selectors),
    st.builds(Peer, namespace_selector=selectors),
    st.builds(Peer, pod_selector=selectors, namespace_selector=selectors),
)
ports = st.one_of(
    st.builds(Port, protocol=st.sampled_from(["TCP", "UDP"])),
    st.builds(Port, port=st.sampled_from([80, 53, "web"])),
    st.builds(Port, protocol=st.just("UDP"), port=st.just("dns")),
    st.builds(Port, port=st.just(79), end_port=st.just(81)),
)


def few(strategy):
    return st.lists(strategy, max_size=2).map(tuple)


def rules_of(kind):
    return few(st.builds(kind, peers=few(peers), ports=few(ports)))


policies = st.builds(
    Policy,
    metadata=st.builds(Meta, name=st.just("p"), namespace=st.sampled_from("mn")),
    spec=st.builds(
        PolicySpec,
        pod_selector=selectors,
        policy_types=st.sampled_from(
            [(), ("Ingress",), ("Egress",), ("Ingress", "Egress")]
        ),
        ingress=rules_of(Ingress),
        egress=rules_of(Egress),
    ),
)
many_policies = st.lists(policies, max_size=4)


@pytest.fixture(scope="session")
def pods(make_pod):
    """Six in two namespaces; every second one has named ports."""
    listening = [
        {"name": name, "containerPort": port, "protocol": protocol}
        for name, (protocol, port) in NAMED.items()
    ]
    sorts = [{}, {"a": "x"}, {"a": "y"}, {"a": "x", "b": "x"}, {"b": "y"}, {"b": "x"}]
    return [
        make_pod(f"{'mn'[n % 2]}/{n}", n, sorts[n - 1], ports=listening * (n % 2))
        for n in NUMBERS
    ]


@pytest.fixture(scope="session")
def spaces(make_namespace):
    return [make_namespace("m", {"a": "x"}), make_namespace("n", {"b": "y"})]


def admits(permits, number, protocol, port):
    return permits is None or any(
        permit.peers.first <= number <= permit.peers.last
        and permit.protocol in (None, protocol.lower())
        and permit.ports.first <= port <= permit.ports.last
        for permit in permits
    )


def meets(selector, found):
    tests = {
        "In": lambda r: found.get(r.key) in r.values,
        "NotIn": lambda r: r.key not in found or found[r.key] not in r.values,
        "Exists": lambda r: r.key in found,
        "DoesNotExist": lambda r: r.key not in found,
    }
    return selector.match_labels.items() <= found.items() and all(
        tests[r.operator](r) for r in selector.match_expressions
    )


class Documentation:
    """The documentation's rules, applied to one connection at a time."""

    def __init__(self, world):
        self.world = world
        self.labels = {n.metadata.name: n.metadata.labels for n in world.namespaces}

    def permits(self, pod, direction, other, protocol, port):
        """Return the verdict; `other` is a pod or address, `port` the listener's."""
        own = [
            p
            for p in self.world.policies
            if p.metadata.namespace == pod.metadata.namespace
            and meets(p.spec.pod_selector, pod.metadata.labels)
            and direction in self.types(p.spec)
        ]
        destination = pod if direction == "Ingress" else other
        return not own or any(
            self.is_peer(rule.peers, other, policy)
            and self.is_port(rule.ports, destination, protocol, port)
            for policy in own
            for rule in getattr(policy.spec, direction.lower())
        )

    def types(self, spec):
        return spec.policy_types or ("Ingress", *(["Egress"] if spec.egress else []))

    def is_peer(self, listed, other, policy):
        return not listed or any(self.is_one(peer, other, policy) for peer in listed)

    def is_one(self, peer, other, policy):
        address = other if isinstance(other, str) else other.status.address
        if peer.ip_block:
            inside = [
                IPv4Address(address) in ip_network(c)
                for c in (peer.ip_block.cidr, *peer.ip_block.without)
            ]
            return inside[0] and not any(inside[1:])
        if isinstance(other, str):
            return False
        space = other.metadata.namespace
        if peer.namespace_selector is None:
            near = space == policy.metadata.namespace
        else:
            near = meets(peer.namespace_selector, self.labels[space])
        pod = peer.pod_selector
        return near and (pod is None or meets(pod, other.metadata.labels))

    def is_port(self, listed, destination, protocol, port):
        return not listed or any(
            one.protocol == protocol and self.is_number(one, destination, port)
            for one in listed
        )

    def is_number(self, one, destination, port):
        if isinstance(one.port, str):
            if isinstance(destination, str):
                return False
            return any(
                found.name == one.port
                and (found.protocol, found.container_port) == (one.protocol, port)
                for container in destination.spec.containers
                for found in container.ports
            )
        return one.port is None or one.port <= port <= (one.end_port or one.port)


@unhurried
@given(listed=many_policies)
def test_every_connection_is_judged_as_documented(listed, pods, spaces):
    world = World(pods=pods, namespaces=spaces, policies=listed)
    documented = Documentation(world)
    judged = {g.address: g for g in evaluate(world, "here")}

    for pod in pods:
        own = judged[pod.status.address]
        for other in (*pods, "198.19.1.0", "198.51.100.7"):
            address = other if isinstance(other, str) else other.status.address
            for protocol, port in (("TCP", 80), ("TCP", 53), ("UDP", 53)):
                asked = (int(IPv4Address(address)), protocol, port)
                said = documented.permits
                assert admits(own.entering, *asked) == said(
                    pod, "Ingress", other, protocol, port
                )
                assert admits(own.leaving, *asked) == said(
                    pod, "Egress", other, protocol, port
                )


@unhurried
@given(listed=many_policies, another=policies)
def test_another_policy_removes_no_permission_of_an_isolated_pod(
    listed, another, pods, spaces
):
    def judge(these):
        return evaluate(World(pods=pods, namespaces=spaces, policies=these), "here")

    for before, after in zip(judge(listed), judge([*listed, another]), strict=True):
        for had, has in (
            (before.entering, after.entering),
            (before.leaving, after.leaving),
        ):
            if had is not None:
                assert has is not None
                assert disjoint([*had, *has]) == has


@unhurried
@given(listed=many_policies, order=st.randoms(use_true_random=False))
def test_the_order_of_policies_does_not_matter(listed, order, pods, spaces):
    mixed = order.sample(listed, len(listed))

    assert evaluate(World(pods, spaces, listed), "here") == evaluate(
        World(pods, spaces, mixed), "here"
    )


def spans(last):
    number = st.integers(0, last)
    return st.tuples(number, number).map(lambda pair: Span(min(pair), max(pair)))


few_permits = st.lists(
    st.one_of(
        st.builds(Permit, peers=spans(9)),
        st.builds(
            Permit,
            peers=spans(9),
            protocol=st.sampled_from(["tcp", "udp"]),
            ports=st.one_of(spans(9), st.just(PORTS)),
        ),
    ),
    max_size=6,
)


@unhurried
@given(permits=few_permits)
def test_pieces_permit_the_same_and_never_overlap(permits):
    pieces = disjoint(permits)

    for peer in range(10):
        for protocol in ("tcp", "udp", "sctp"):
            for port in (*range(10), PORTS.last):
                asked = (peer, protocol, port)
                held = [p for p in pieces if admits([p], *asked)]
                assert len(held) == admits(permits, *asked)
    assert disjoint(pieces) == pieces
