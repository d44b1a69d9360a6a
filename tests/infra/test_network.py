"""Nothing talks to anything, except what is permitted by name."""

import pytest


@pytest.fixture
def policies(objects):
    return {
        made["inputs"]["metadata"]["name"]: made["inputs"]["spec"]
        for made in objects
        if made["type"] == "NetworkPolicy"
    }


def test_everything_is_denied_first_in_both_directions(policies):
    denied = policies["deny-by-default"]

    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_every_permission_names_its_peer_and_its_ports(policies):
    del policies["deny-by-default"]

    for spec in policies.values():
        for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
            peers = rule.get("from", []) + rule.get("to", [])

            assert peers
            assert all(peer["namespaceSelector"] for peer in peers)
            assert rule["ports"]


def test_only_the_api_may_be_reached_by_the_gateway(policies):
    reached = policies["gateway-to-api"]

    assert reached["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "api"
    assert [port["port"] for port in reached["ingress"][0]["ports"]] == [8000]


def test_data_is_reached_only_in_its_own_namespace(policies):
    (rule,) = policies["reach-data"]["egress"]
    (peer,) = rule["to"]

    assert [port["port"] for port in rule["ports"]] == [5432, 6379]
    assert peer["namespaceSelector"]["matchLabels"][
        "kubernetes.io/metadata.name"
    ].endswith("-data")


def test_the_namespace_refuses_pods_that_are_not_restricted(objects):
    (namespace,) = [made for made in objects if made["type"] == "Namespace"]
    labels = namespace["inputs"]["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
