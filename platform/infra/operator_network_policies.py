"""Network policies of the operators' namespaces."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgsDict

from infra.network_policies import (
    DENY_ALL,
    Policies,
    allow_api_server,
    allow_dns,
    allow_egress,
    allow_ingress,
    cidr_peer,
    namespace_peer,
    pod_peer,
)
from infra.ports import POSTGRES

ANYWHERE: Final = "0.0.0.0/0"
"""The API server calls webhooks from the host network of any node."""
ALL_PODS: Final[dict[str, str]] = {}
"""No label: every pod of the namespace."""
INSTANCE_MANAGER: Final = 8000
PLUGIN: Final = 9090
PROMETHEUS: Final = 9090
KEDA_METRICS: Final = 9666
WEBHOOK: Final = 9443
ADAPTER: Final = 6443
METRICS: Final = {"cnpg-system": (8080,), "keda": (8080,), "argo-rollouts": (8090,)}
"""Ports of each namespace at which the operators serve their own metrics."""


@dataclass(frozen=True, kw_only=True)
class OperatorNetworkArgs:
    """The neighbouring namespaces, and the addresses of the API server."""

    data_namespace: str
    observability_namespace: str
    api_server_cidr: str


def policies_of(namespace: str, args: OperatorNetworkArgs) -> Policies:
    """Return the policies of one operator namespace by name."""
    observability = [namespace_peer(args.observability_namespace)]
    shared = {
        "deny-by-default": DENY_ALL,
        "dns": allow_dns(ALL_PODS),
        "operators-to-api-server": allow_api_server(ALL_PODS, args.api_server_cidr),
        "prometheus-to-operators": allow_ingress(
            ALL_PODS, observability, *METRICS[namespace]
        ),
    }
    return shared | BY_NAMESPACE[namespace](args)


def _cloudnative_pg(args: OperatorNetworkArgs) -> Policies:
    operator = {"app.kubernetes.io/name": "cloudnative-pg"}
    plugin = {"app": "barman-cloud"}
    data = [namespace_peer(args.data_namespace)]
    return {
        "api-server-to-webhook": allow_ingress(
            operator, [cidr_peer(ANYWHERE)], WEBHOOK
        ),
        "operator-to-database": allow_egress(
            operator, data, INSTANCE_MANAGER, POSTGRES
        ),
        "operator-to-plugin-egress": allow_egress(ALL_PODS, [pod_peer(plugin)], PLUGIN),
        "operator-to-plugin-ingress": allow_ingress(
            plugin, [pod_peer(ALL_PODS)], PLUGIN
        ),
    }


def _keda(args: OperatorNetworkArgs) -> Policies:
    adapter = {"app": "keda-metrics-apiserver"}
    return {
        "api-server-to-adapter": allow_ingress(adapter, [cidr_peer(ANYWHERE)], ADAPTER),
        "operators-to-prometheus": _allow_prometheus(args),
        "adapter-to-operator-egress": allow_egress(
            ALL_PODS, [pod_peer(ALL_PODS)], KEDA_METRICS
        ),
        "adapter-to-operator-ingress": allow_ingress(
            ALL_PODS, [pod_peer(ALL_PODS)], KEDA_METRICS
        ),
    }


def _argo_rollouts(args: OperatorNetworkArgs) -> Policies:
    return {"operators-to-prometheus": _allow_prometheus(args)}


def _allow_prometheus(args: OperatorNetworkArgs) -> NetworkPolicySpecArgsDict:
    peers = [namespace_peer(args.observability_namespace)]
    return allow_egress(ALL_PODS, peers, PROMETHEUS)


BY_NAMESPACE: Final = {
    "cnpg-system": _cloudnative_pg,
    "keda": _keda,
    "argo-rollouts": _argo_rollouts,
}
