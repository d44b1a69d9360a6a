"""Build network policy specs: selected pods, peers, ports.

The API server is not a pod. Its addresses differ from cluster to cluster, and policies
see them after the Service's address was translated. It is therefore permitted as the
range `apiServerCidr` (everything, unless the stack narrows it) on the two ports that
API servers listen on.
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
DENY_ALL: Final[NetworkPolicySpecArgsDict] = {
    "pod_selector": {},
    "policy_types": ["Ingress", "Egress"],
}
"""Selects every pod and permits nothing."""

ANY_VALUE: Final = "*"
"""As a label's value: the label must exist, with any value."""

Labels = Mapping[str, str]
Peers = Sequence[NetworkPolicyPeerArgsDict]
Policies = dict[str, NetworkPolicySpecArgsDict]
"""Specs by policy name."""


def selector_of(labels: Labels) -> LabelSelectorArgsDict:
    """Select pods with all of these labels; without labels, all pods."""
    existing = [key for key, value in labels.items() if value == ANY_VALUE]
    equal = {key: value for key, value in labels.items() if value != ANY_VALUE}
    selector: LabelSelectorArgsDict = {"match_labels": equal}
    if existing:
        selector["match_expressions"] = [
            {"key": key, "operator": "Exists"} for key in existing
        ]
    return selector


def tcp(*ports: int) -> list[NetworkPolicyPortArgsDict]:
    """Return TCP ports in the form of a policy."""
    return [{"protocol": "TCP", "port": port} for port in ports]


def pod_peer(labels: Labels, namespace: str | None = None) -> NetworkPolicyPeerArgsDict:
    """Return pods by label, in the policy's own namespace unless another is given."""
    peer: NetworkPolicyPeerArgsDict = {"pod_selector": selector_of(labels)}
    if namespace is not None:
        peer["namespace_selector"] = in_namespace(namespace)
    return peer


def namespace_peer(namespace: str) -> NetworkPolicyPeerArgsDict:
    """Return every pod of a namespace."""
    return {"namespace_selector": in_namespace(namespace)}


def cidr_peer(cidr: str) -> NetworkPolicyPeerArgsDict:
    """Return every address of a range."""
    return {"ip_block": {"cidr": cidr}}


def allow_ingress(to: Labels, peers: Peers, *ports: int) -> NetworkPolicySpecArgsDict:
    """Permit connections from peers to pods with these labels."""
    return {
        "pod_selector": selector_of(to),
        "policy_types": ["Ingress"],
        "ingress": [{"from_": list(peers), "ports": tcp(*ports)}],
    }


def allow_egress(by: Labels, peers: Peers, *ports: int) -> NetworkPolicySpecArgsDict:
    """Permit connections from pods with these labels to peers."""
    return {
        "pod_selector": selector_of(by),
        "policy_types": ["Egress"],
        "egress": [{"to": list(peers), "ports": tcp(*ports)}],
    }


def allow_dns(by: Labels) -> NetworkPolicySpecArgsDict:
    """Permit DNS over UDP, and over TCP for long answers."""
    resolver = pod_peer({"k8s-app": "kube-dns"}, "kube-system")
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


def allow_api_server(by: Labels, cidr: str) -> NetworkPolicySpecArgsDict:
    """Permit connections to the Kubernetes API server."""
    return allow_egress(by, [cidr_peer(cidr)], *API_SERVER_PORTS)
