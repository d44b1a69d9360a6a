"""Nothing talks to anything, except what is written here."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicy,
    NetworkPolicyPeerArgsDict,
    NetworkPolicySpecArgsDict,
)

from infra.labels import PART_OF, in_namespace, labels_of
from infra.observability.naming import BLACKBOX_EXPORTER, COLLECTOR, PORTS
from infra.permits import entering, leaving, pods
from infra.ports import HTTP, METRICS, POSTGRES, REDIS


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Who our neighbours are, by namespace."""

    namespace: pulumi.Input[str]
    gateway_namespace: str
    gateway_cidr: str | None
    """Clients that keep their own address; None means all come by the gateway."""
    observability_namespace: str
    data_namespace: str
    front: str
    """The name of what the gateway may reach."""
    api: str
    """The name of the program that only the front reaches."""


class Network(pulumi.ComponentResource):
    """Default deny in both directions, and one policy for each permitted path."""

    def __init__(
        self,
        name: str,
        args: NetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Network", name, {}, opts)
        for purpose, spec in policies_of(args).items():
            NetworkPolicy(
                f"{name}-{purpose}",
                metadata={"name": purpose, "namespace": args.namespace},
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def policies_of(args: NetworkArgs) -> dict[str, NetworkPolicySpecArgsDict]:
    """Each policy under the name that says what it permits."""
    return {
        "deny-by-default": deny_by_default(),
        "resolve-names": resolve_names(),
        "gateway-to-front": gateway_to_front(args),
        "front-asks-api": leaving(
            labels_of(args.front), [pods(labels_of(args.api))], HTTP
        ),
        "api-is-asked": entering(
            labels_of(args.api), [pods(labels_of(args.front))], HTTP
        ),
        "scrape-metrics": scrape_metrics(args),
        "reach-data": reach_data(args),
        "probe-from-outside": entering(
            labels_of(args.front),
            [pods(labels_of(BLACKBOX_EXPORTER), args.observability_namespace)],
            HTTP,
        ),
        "give-spans": leaving(
            PART_OF,
            [pods(labels_of(COLLECTOR), args.observability_namespace)],
            PORTS[COLLECTOR],
        ),
    }


def deny_by_default() -> NetworkPolicySpecArgsDict:
    """Selects every pod and permits nothing."""
    return {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def resolve_names() -> NetworkPolicySpecArgsDict:
    """DNS, by both protocols: a long answer comes by TCP."""
    return {
        "pod_selector": {"match_labels": PART_OF},
        "policy_types": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespace_selector": in_namespace("kube-system"),
                        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [
                    {"protocol": "UDP", "port": 53},
                    {"protocol": "TCP", "port": 53},
                ],
            }
        ],
    }


def gateway_to_front(args: NetworkArgs) -> NetworkPolicySpecArgsDict:
    """Requests come through the gateway, or from the given range, only to the front."""
    callers: list[NetworkPolicyPeerArgsDict] = [
        {"namespace_selector": in_namespace(args.gateway_namespace)}
    ]
    if args.gateway_cidr is not None:
        callers.append({"ip_block": {"cidr": args.gateway_cidr}})
    return {
        "pod_selector": {"match_labels": labels_of(args.front)},
        "policy_types": ["Ingress"],
        "ingress": [
            {
                "from_": callers,
                "ports": [{"protocol": "TCP", "port": HTTP}],
            }
        ],
    }


def scrape_metrics(args: NetworkArgs) -> NetworkPolicySpecArgsDict:
    """Prometheus reads every program's figures."""
    return {
        "pod_selector": {"match_labels": PART_OF},
        "policy_types": ["Ingress"],
        "ingress": [
            {
                "from_": [
                    {"namespace_selector": in_namespace(args.observability_namespace)}
                ],
                "ports": [{"protocol": "TCP", "port": METRICS}],
            }
        ],
    }


def reach_data(args: NetworkArgs) -> NetworkPolicySpecArgsDict:
    """Postgres and Redis live in a namespace of their own."""
    return {
        "pod_selector": {"match_labels": PART_OF},
        "policy_types": ["Egress"],
        "egress": [
            {
                "to": [{"namespace_selector": in_namespace(args.data_namespace)}],
                "ports": [
                    {"protocol": "TCP", "port": POSTGRES},
                    {"protocol": "TCP", "port": REDIS},
                ],
            }
        ],
    }
