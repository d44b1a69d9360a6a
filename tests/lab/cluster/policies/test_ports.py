"""Ports of a policy: numbers, ranges, names of container ports, protocols."""

import pytest


def test_ports_are_permitted_by_number_range_name_and_protocol(cluster, make_policy):
    ports = make_policy("""
podSelector: {}
ingress:
  - ports:
      - {protocol: TCP, port: 32000, endPort: 32768}
      - {port: web}
      - {protocol: UDP, port: dns}
      - {protocol: SCTP}
""")

    def is_open(protocol, port):
        return "outside" in cluster.entering(ports, protocol=protocol, port=port)

    assert is_open("tcp", 32000)
    assert is_open("tcp", 32768)
    assert not is_open("tcp", 31999)
    assert not is_open("tcp", 32769)
    assert not is_open("udp", 32500)
    assert is_open("tcp", 8080)
    assert is_open("udp", 53)
    assert not is_open("tcp", 53)
    assert is_open("sctp", 7)


def test_a_port_name_that_a_pod_lacks_permits_nothing(cluster, make_policy):
    unknown = make_policy("{podSelector: {}, ingress: [{ports: [{port: nope}]}]}")

    assert cluster.entering(unknown) == set()


def test_egress_to_dns_by_number_is_that_number_at_the_pod(cluster, make_policy):
    dns = make_policy("""
podSelector: {matchLabels: {role: db}}
policyTypes: [Egress]
egress:
  - to:
      - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
        podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{protocol: UDP, port: 53}]
""")

    assert cluster.leaving(dns, protocol="udp", port=53) == {"dns"}
    assert cluster.leaving(dns, protocol="udp", port=1053) == set()
    assert cluster.leaving(dns, protocol="tcp", port=53) == set()


def test_egress_by_name_is_each_peers_own_number(cluster, make_policy):
    named = make_policy("""
podSelector: {}
policyTypes: [Egress]
egress: [{ports: [{protocol: UDP, port: dns}]}]
""")

    assert cluster.leaving(named, protocol="udp", port=1053) == {"dns"}
    assert cluster.leaving(named, protocol="udp", port=53) == set()


@pytest.mark.parametrize(
    ("block", "found"), [("0.0.0.0/0", {"dns"}), ("198.51.100.0/24", set())]
)
def test_egress_to_a_block_by_name_is_for_pods_of_the_block(
    cluster, make_policy, block, found
):
    named = make_policy(f"""
podSelector: {{}}
policyTypes: [Egress]
egress:
  - to: [{{ipBlock: {{cidr: {block}}}}}]
    ports: [{{protocol: UDP, port: dns}}]
""")

    assert cluster.leaving(named, protocol="udp", port=1053) == found
