"""How a network policy says what is permitted: these pods, these peers, these ports.

The API server is no pod. It is reached, and reaches webhooks, by addresses that differ
from cluster to cluster and are seen after the Service's address was replaced; so it is
permitted as the range `apiServerCidr` (everything, unless the stack narrows it) on the
two ports that API servers listen on.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pulumi_kubernetes.meta.v1 import LabelSelectorArgsDict
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
    NetworkPolicySpecArgsDict,
)

from infra.labels import in_namespace

API_SERVER_PORTS: Final = (443, 6443)
DNS: Final = 53
DENIED: Final[NetworkPolicySpecArgsDict] = {
    "pod_selector": {},
    "policy_types": ["Ingress", "Egress"],
}
"""Selects every pod and permits nothing."""

ANY: Final = "*"
"""Of a label: it must be there, whatever its value."""

Labels = Mapping[str, str]
Peers = Sequence[NetworkPolicyPeerArgsDict]


def selector_of(labels: Labels) -> LabelSelectorArgsDict:
    """Pods with all of these labels; without any, all pods."""
    there = [key for key, value in labels.items() if value == ANY]
    equal = {key: value for key, value in labels.items() if value != ANY}
    selector: LabelSelectorArgsDict = {"match_labels": equal}
    if there:
        selector["match_expressions"] = [
            {"key": key, "operator": "Exists"} for key in there
        ]
    return selector


def tcp(*ports: int) -> list[NetworkPolicyPortArgsDict]:
    """Ports of connections."""
    return [{"protocol": "TCP", "port": port} for port in ports]


def pods(labels: Labels, namespace: str | None = None) -> NetworkPolicyPeerArgsDict:
    """Pods by their labels, in the policy's own namespace unless another is named."""
    peer: NetworkPolicyPeerArgsDict = {"pod_selector": selector_of(labels)}
    if namespace is not None:
        peer["namespace_selector"] = in_namespace(namespace)
    return peer


def whole(namespace: str) -> NetworkPolicyPeerArgsDict:
    """Every pod of a namespace."""
    return {"namespace_selector": in_namespace(namespace)}


def addresses(cidr: str) -> NetworkPolicyPeerArgsDict:
    """Whoever has an address of this range."""
    return {"ip_block": {"cidr": cidr}}


def entering(to: Labels, peers: Peers, *ports: int) -> NetworkPolicySpecArgsDict:
    """Peers may connect to pods with these labels."""
    return {
        "pod_selector": selector_of(to),
        "policy_types": ["Ingress"],
        "ingress": [{"from_": list(peers), "ports": tcp(*ports)}],
    }


def leaving(by: Labels, peers: Peers, *ports: int) -> NetworkPolicySpecArgsDict:
    """Pods with these labels may connect to peers."""
    return {
        "pod_selector": selector_of(by),
        "policy_types": ["Egress"],
        "egress": [{"to": list(peers), "ports": tcp(*ports)}],
    }


def resolving(by: Labels) -> NetworkPolicySpecArgsDict:
    """DNS, by both protocols: a long answer comes by TCP."""
    resolver = pods({"k8s-app": "kube-dns"}, "kube-system")
    return {
        "pod_selector": selector_of(by),
        "policy_types": ["Egress"],
        "egress": [
            {
                "to": [resolver],
                "ports": [{"protocol": "UDP", "port": DNS}, *tcp(DNS)],
            }
        ],
    }


def asking_the_cluster(by: Labels, cidr: str) -> NetworkPolicySpecArgsDict:
    """Pods with these labels may talk to the API server."""
    return leaving(by, [addresses(cidr)], *API_SERVER_PORTS)
