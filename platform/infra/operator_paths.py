"""What the operators may reach, and who may reach them, per namespace of theirs."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgsDict

from infra.permits import (
    DENIED,
    addresses,
    asking_the_cluster,
    entering,
    leaving,
    pods,
    resolving,
    whole,
)
from infra.ports import POSTGRES

ANYWHERE: Final = "0.0.0.0/0"
"""The API server calls webhooks from the address of any node's own network."""
EVERY: Final[dict[str, str]] = {}
"""No label asked: every pod of the namespace."""
INSTANCE_MANAGER: Final = 8000
PLUGIN: Final = 9090
PROMETHEUS: Final = 9090
KEDA_METRICS: Final = 9666
WEBHOOK: Final = 9443
ADAPTER: Final = 6443
FIGURES: Final = {"cnpg-system": (8080,), "keda": (8080,), "argo-rollouts": (8090,)}
"""Where the operators of each namespace serve their own figures."""

Policies = dict[str, NetworkPolicySpecArgsDict]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The other namespaces, and where the API server is."""

    data_namespace: str
    observability_namespace: str
    api_server_cidr: str


def policies_of(namespace: str, near: Neighbours) -> Policies:
    """Each policy of one operator namespace under the name that says its purpose."""
    shared = {
        "deny-by-default": DENIED,
        "resolve-names": resolving(EVERY),
        "ask-the-cluster": asking_the_cluster(EVERY, near.api_server_cidr),
        "scrape-metrics": entering(
            EVERY, [whole(near.observability_namespace)], *FIGURES[namespace]
        ),
    }
    return shared | OWN[namespace](near)


def _database(near: Neighbours) -> Policies:
    return {
        "called-by-the-cluster": entering(
            {"app.kubernetes.io/name": "cloudnative-pg"},
            [addresses(ANYWHERE)],
            WEBHOOK,
        ),
        "ask-instances": leaving(
            {"app.kubernetes.io/name": "cloudnative-pg"},
            [whole(near.data_namespace)],
            INSTANCE_MANAGER,
            POSTGRES,
        ),
        "ask-the-plugin": leaving(EVERY, [pods({"app": "barman-cloud"})], PLUGIN),
        "plugin-is-asked": entering({"app": "barman-cloud"}, [pods(EVERY)], PLUGIN),
    }


def _queue(near: Neighbours) -> Policies:
    return {
        "called-by-the-cluster": entering(
            {"app": "keda-metrics-apiserver"},
            [addresses(ANYWHERE)],
            ADAPTER,
        ),
        "ask-prometheus": leaving(
            EVERY, [whole(near.observability_namespace)], PROMETHEUS
        ),
        "ask-the-operator": leaving(EVERY, [pods(EVERY)], KEDA_METRICS),
        "operator-is-asked": entering(EVERY, [pods(EVERY)], KEDA_METRICS),
    }


def _releases(near: Neighbours) -> Policies:
    return {
        "ask-prometheus": leaving(
            EVERY, [whole(near.observability_namespace)], PROMETHEUS
        ),
    }


OWN: Final = {
    "cnpg-system": _database,
    "keda": _queue,
    "argo-rollouts": _releases,
}
