"""Network policies of the programs' namespace: default deny, then one per path."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyPeerArgsDict,
    NetworkPolicySpecArgsDict,
)

from infra.labels import PART_OF, labels_of
from infra.network_policies import (
    DENY_ALL,
    allow_dns,
    allow_egress,
    allow_ingress,
    cidr_peer,
    namespace_peer,
    pod_peer,
)
from infra.observability.names import BLACKBOX_EXPORTER, COLLECTOR, PORTS
from infra.ports import HTTP, METRICS, POSTGRES, REDIS


@dataclass(frozen=True, kw_only=True)
class ProgramNetworkArgs:
    """The neighbouring namespaces, and the names of the API's pods."""

    namespace: pulumi.Input[str]
    gateway_namespace: str
    gateway_cidr: str | None
    """Clients that reach the API without a gateway; None means there are none."""
    observability_namespace: str
    data_namespace: str
    api_proxy: str
    """The pods that a gateway may reach."""
    api: str
    """The pods that only the proxy may reach."""


class ProgramNetwork(pulumi.ComponentResource):
    """The policies as resources."""

    def __init__(
        self,
        name: str,
        args: ProgramNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:ProgramNetwork", name, {}, opts)
        for policy, spec in policies_of(args).items():
            NetworkPolicy(
                f"{name}-{policy}",
                metadata={"name": policy, "namespace": args.namespace},
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def policies_of(args: ProgramNetworkArgs) -> dict[str, NetworkPolicySpecArgsDict]:
    """Return the policies by name."""
    proxy, api = labels_of(args.api_proxy), labels_of(args.api)
    observability = args.observability_namespace
    clients: list[NetworkPolicyPeerArgsDict] = [namespace_peer(args.gateway_namespace)]
    if args.gateway_cidr is not None:
        clients.append(cidr_peer(args.gateway_cidr))
    exporter = pod_peer(labels_of(BLACKBOX_EXPORTER), observability)
    collector = pod_peer(labels_of(COLLECTOR), observability)
    data = [namespace_peer(args.data_namespace)]
    return {
        "deny-by-default": DENY_ALL,
        "dns": allow_dns(PART_OF),
        "gateway-to-api-proxy": allow_ingress(proxy, clients, HTTP),
        "api-proxy-to-api-egress": allow_egress(proxy, [pod_peer(api)], HTTP),
        "api-proxy-to-api-ingress": allow_ingress(api, [pod_peer(proxy)], HTTP),
        "prometheus-to-programs": allow_ingress(
            PART_OF, [namespace_peer(observability)], METRICS
        ),
        "programs-to-data": allow_egress(PART_OF, data, POSTGRES, REDIS),
        "blackbox-exporter-to-api-proxy": allow_ingress(proxy, [exporter], HTTP),
        "programs-to-otel-collector": allow_egress(
            PART_OF, [collector], PORTS[COLLECTOR]
        ),
    }
