"""The rules work on real connections: pods on a bridge, and an outside host.

All of it is in network namespaces of the test; nothing touches a cluster.
"""

from ipaddress import IPv4Network

import pytest

from lab.cluster.policies.evaluation import evaluate
from lab.cluster.policies.ruleset import closed, render

SAME_NAMESPACE = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
DENY_INGRESS = "{podSelector: {}, policyTypes: [Ingress]}"
DENY_EGRESS = "{podSelector: {}, policyTypes: [Egress]}"


@pytest.fixture
def pods(make_pod):
    """Two pods of one namespace and one of another, all on the same bridge."""
    return [
        make_pod("default/db", 2, {"role": "db"}),
        make_pod("default/api", 3, {"role": "api"}),
        make_pod("other/guest", 4, {"role": "guest"}),
    ]


@pytest.fixture
def keep(wires, pods, make_policy, make_world):
    """Loads the rules of these policies; `without` plants a defect in the rules."""

    def load(*specs, without=""):
        policies = [make_policy(spec, name=str(n)) for n, spec in enumerate(specs)]
        ruleset = render(evaluate(make_world(pods, policies), "here"), wires.pods)
        assert without in ruleset
        wires.load(ruleset.replace(without, "") if without else ruleset)

    return load


def test_without_policies_every_pod_connects_to_every_pod(wires, keep):
    keep()

    assert wires.reach("api", "db")
    assert wires.reach("guest", "db")
    assert wires.reach("outside", "db")
    assert wires.reach("db", "outside")


def test_a_closed_node_forwards_nothing_but_still_reaches_its_pods(wires):
    wires.load(closed(wires.pods))

    assert not wires.reach("api", "db")
    assert not wires.reach("outside", "db")
    assert not wires.reach("db", "outside")
    assert wires.reach("node", "db")
    assert wires.reach("db", "node")


def test_pods_of_one_node_are_isolated_on_their_bridge(wires, keep):
    keep(SAME_NAMESPACE)

    assert wires.reach("api", "db")
    assert not wires.reach("guest", "db")
    assert not wires.reach("outside", "db")
    assert wires.reach("db", "guest")


def test_a_bridge_that_bypasses_the_rules_is_detected(wires, keep):
    """The connection that was refused passes once the bridge hides it."""
    keep(SAME_NAMESPACE)
    wires.hide_the_bridge()

    assert wires.reach("guest", "db")


def test_a_missing_rule_is_detected(wires, keep):
    keep(DENY_INGRESS, without="ip daddr @entering jump enter")

    assert wires.reach("guest", "db")


def test_a_denied_pod_still_gets_its_replies_and_its_nodes_probes(wires, keep):
    keep(DENY_INGRESS)

    assert not wires.reach("api", "db")
    assert wires.reach("db", "guest")
    assert wires.reach("db", "outside")
    assert wires.reach("node", "db")
    assert wires.reach("db", "db")


def test_a_pod_without_egress_still_accepts_connections(wires, keep):
    keep(DENY_EGRESS)

    assert wires.reach("guest", "db")
    assert wires.reach("outside", "db")
    assert not wires.reach("db", "guest")
    assert not wires.reach("db", "outside")


def test_policies_of_both_pods_of_one_node_must_permit(wires, keep):
    may_leave = "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"
    keep(may_leave, DENY_INGRESS)
    refused = wires.reach("api", "db")

    keep(may_leave, SAME_NAMESPACE)

    assert not refused
    assert wires.reach("api", "db")


def test_ports_and_protocols_are_distinguished(wires, keep):
    keep("""
podSelector: {matchLabels: {role: db}}
ingress:
  - ports:
      - {protocol: TCP, port: 7001, endPort: 7002}
      - {protocol: UDP, port: 7003}
""")

    opened = {
        (kind, port)
        for kind in ("tcp", "udp")
        for port in (7001, 7002, 7003)
        if wires.reach("guest", "db", kind=kind, port=port)
    }

    assert opened == {("tcp", 7001), ("tcp", 7002), ("udp", 7003)}


def test_exceptions_of_a_range_are_excluded(wires, keep):
    outside = wires.address("outside")
    keep(f"""
podSelector: {{}}
ingress: [{{from: [{{ipBlock: {{cidr: {outside}/24}}}}]}}]
""")
    may = wires.reach("outside", "db")

    keep(f"""
podSelector: {{}}
ingress: [{{from: [{{ipBlock: {{cidr: {outside}/24, except: [{outside}/32]}}}}]}}]
""")

    assert may
    assert not wires.reach("outside", "db")


def test_an_address_of_no_known_pod_is_closed(wires, keep, pods):
    newcomer = pods.pop(0)
    assert newcomer.metadata.name == "db"
    keep()

    assert not wires.reach("guest", "db")
    assert not wires.reach("db", "guest")
    assert wires.reach("api", "guest")


def test_a_connection_to_an_ended_pod_is_refused_at_once(wires, keep, pods):
    pods.pop(0)
    keep()

    with pytest.raises(ConnectionRefusedError):
        wires.ask("guest", "db")


def test_a_service_is_filtered_by_the_pod_behind_it(wires, keep):
    wires.serve("198.19.3.1", 80, "db", 7001)
    by_pod = "{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [%s]}]}"

    keep(by_pod % "{port: 7001}")
    open_by_target = wires.reach("api", "198.19.3.1", port=80)
    keep(by_pod % "{port: 80}")

    assert open_by_target
    assert not wires.reach("api", "198.19.3.1", port=80)


def test_a_pod_reaches_itself_through_its_service(wires, keep):
    wires.serve("198.19.3.1", 80, "db", 7001)
    keep(DENY_INGRESS, DENY_EGRESS)

    assert wires.reach("db", "198.19.3.1", port=80)


def test_a_connection_survives_the_end_of_its_policy(wires, keep):
    keep(SAME_NAMESPACE)
    with wires.connected("api", "db") as talk:
        before = talk()
        keep(DENY_INGRESS)
        after = talk()

    assert (before, after) == (True, True)
    assert not wires.reach("api", "db")


def test_link_local_ipv6_does_not_bypass_the_rules(wires, keep):
    keep(DENY_INGRESS)

    assert wires.address6("db")
    assert not wires.reach6("guest", "db")

    keep(without="meta nfproto ipv6 counter drop")
    assert wires.reach6("guest", "db")


def verdicts_of(ruleset):
    return ruleset[ruleset.index("chain forward") :]


def test_forty_pods_need_no_more_rules_than_none(make_pod, make_policy, make_world):
    many = [make_pod(f"default/{n}", n + 1, {"n": str(n % 4)}) for n in range(40)]
    each = [
        make_policy(f"""
podSelector: {{matchLabels: {{n: "{n}"}}}}
ingress: [{{from: [{{podSelector: {{}}}}], ports: [{{port: {n + 80}}}]}}]
""")
        for n in range(4)
    ]

    empty, full = (
        render(evaluate(make_world(*held), "here"), IPv4Network("198.19.1.0/24"))
        for held in (([], []), (many, each))
    )

    assert verdicts_of(full) == verdicts_of(empty)
    assert full.count(" . tcp . ") == 40
