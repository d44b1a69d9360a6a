"""Network policies: default deny, and permissions by name."""

import pytest


@pytest.fixture
def policies(ours):
    """The policies of our programs' namespace."""
    return {
        made["inputs"]["metadata"]["name"]: made["inputs"]["spec"]
        for made in ours
        if made["type"] == "NetworkPolicy"
    }


def test_the_gateway_may_reach_only_the_api_proxy(policies):
    reached = policies["gateway-to-api-proxy"]

    assert (
        reached["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "api-proxy"
    )
    assert [port["port"] for port in reached["ingress"][0]["ports"]] == [8000]


def test_only_the_api_proxy_reaches_the_api(policies):
    reached = policies["api-proxy-to-api-ingress"]
    (rule,) = reached["ingress"]
    (caller,) = rule["from"]

    assert reached["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "api"
    assert caller["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "api-proxy"
    assert "namespaceSelector" not in caller


def test_data_is_reached_only_in_its_own_namespace(policies):
    (rule,) = policies["programs-to-data"]["egress"]
    (peer,) = rule["to"]

    assert [port["port"] for port in rule["ports"]] == [5432, 6379]
    assert peer["namespaceSelector"]["matchLabels"][
        "kubernetes.io/metadata.name"
    ].endswith("-data")


def test_external_clients_are_admitted_where_a_stack_says_so(completed, preview_all):
    stack = completed("development")
    stack["config"]["holdfast:gatewayCidr"] = "203.0.113.0/24"

    (answer,) = preview_all([stack])

    (spec,) = [
        made["inputs"]["spec"]
        for made in answer["objects"]
        if made["type"] == "NetworkPolicy"
        and made["inputs"]["metadata"]["name"] == "gateway-to-api-proxy"
    ]
    assert {"ipBlock": {"cidr": "203.0.113.0/24"}} in spec["ingress"][0]["from"]
