"""Network policies of the observability namespace and of the log agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.labels import PART_OF, labels_of
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
from infra.observability.names import (
    ALERTMANAGER,
    BLACKBOX_EXPORTER,
    COLLECTOR,
    COLLECTOR_METRICS,
    GRAFANA,
    LOG_AGENT,
    LOKI,
    PORTS,
    PROMETHEUS,
    REDIS_EXPORTER,
    TEMPO,
    TEMPO_OTLP,
)
from infra.ports import DATABASE_METRICS, HTTP, METRICS, REDIS

ANYWHERE: Final = "0.0.0.0/0"
"""The alert webhook is known by host name, and a policy only knows addresses."""
WEBHOOK_PORTS: Final = (80, 443, 8080)
SCRAPED_PORTS: Final = (*PORTS.values(), COLLECTOR_METRICS)


@dataclass(frozen=True, kw_only=True)
class ObservabilityNetworkArgs:
    """The neighbouring namespaces."""

    app_namespace: str
    data_namespace: str
    agents_namespace: str
    """Namespace of the agents that read the nodes' logs."""
    querying_namespaces: Sequence[str]
    """Operators that query Prometheus: Argo Rollouts and KEDA."""
    api_server_cidr: str


def policies_of(args: ObservabilityNetworkArgs) -> Policies:
    """Return the policies by name."""
    return {
        "deny-by-default": DENY_ALL,
        "dns": allow_dns(PART_OF),
        **metrics_policies(args),
        **alertmanager_policies(),
        **grafana_policies(),
        **traces_policies(args),
        **logs_policies(args),
    }


def metrics_policies(args: ObservabilityNetworkArgs) -> Policies:
    """Return the policies of Prometheus and its exporters."""
    prometheus = labels_of(PROMETHEUS)
    clients = [pod_peer(prometheus), pod_peer(labels_of(GRAFANA))]
    clients += [namespace_peer(namespace) for namespace in args.querying_namespaces]
    programs = [namespace_peer(args.app_namespace)]
    data = [namespace_peer(args.data_namespace)]
    here = [pod_peer(PART_OF)]
    return {
        "prometheus-to-api-server": allow_api_server(prometheus, args.api_server_cidr),
        "prometheus-to-programs": allow_egress(prometheus, programs, METRICS),
        "prometheus-to-database": allow_egress(prometheus, data, DATABASE_METRICS),
        "prometheus-to-observability-egress": allow_egress(
            prometheus, here, *SCRAPED_PORTS
        ),
        "prometheus-to-observability-ingress": allow_ingress(
            PART_OF, [pod_peer(prometheus)], *SCRAPED_PORTS
        ),
        "clients-to-prometheus": allow_ingress(prometheus, clients, PORTS[PROMETHEUS]),
        "redis-exporter-to-redis": allow_egress(labels_of(REDIS_EXPORTER), data, REDIS),
        "blackbox-exporter-to-api-proxy": allow_egress(
            labels_of(BLACKBOX_EXPORTER), programs, HTTP
        ),
    }


def alertmanager_policies() -> Policies:
    """Return the policy of Alertmanager, which calls a webhook outside the cluster."""
    alertmanager = labels_of(ALERTMANAGER)
    outside = [cidr_peer(ANYWHERE)]
    return {
        "alertmanager-to-webhook": allow_egress(alertmanager, outside, *WEBHOOK_PORTS)
    }


def grafana_policies() -> Policies:
    """Return the policies of Grafana; users reach it through the API server."""
    grafana = labels_of(GRAFANA)
    return {
        f"grafana-to-{source}-egress": allow_egress(
            grafana, [pod_peer(labels_of(source))], PORTS[source]
        )
        for source in (PROMETHEUS, LOKI, TEMPO, ALERTMANAGER)
    } | {
        f"grafana-to-{source}-ingress": allow_ingress(
            labels_of(source), [pod_peer(grafana)], PORTS[source]
        )
        for source in (LOKI, TEMPO, ALERTMANAGER)
    }


def traces_policies(args: ObservabilityNetworkArgs) -> Policies:
    """Return the policies of spans: programs to the collector, collector to Tempo."""
    collector, tempo = labels_of(COLLECTOR), labels_of(TEMPO)
    programs = [namespace_peer(args.app_namespace)]
    return {
        "programs-to-collector": allow_ingress(collector, programs, PORTS[COLLECTOR]),
        "collector-to-tempo-egress": allow_egress(
            collector, [pod_peer(tempo)], TEMPO_OTLP
        ),
        "collector-to-tempo-ingress": allow_ingress(
            tempo, [pod_peer(collector)], TEMPO_OTLP
        ),
    }


def logs_policies(args: ObservabilityNetworkArgs) -> Policies:
    """Return the policy of the log agents' connections to Loki."""
    agents = [pod_peer(labels_of(LOG_AGENT), args.agents_namespace)]
    return {"log-agents-to-loki": allow_ingress(labels_of(LOKI), agents, PORTS[LOKI])}


def agent_policies(observability_namespace: str) -> Policies:
    """Return the policies of the agents' namespace: egress to Loki only."""
    loki = [pod_peer(labels_of(LOKI), observability_namespace)]
    return {
        "deny-by-default": DENY_ALL,
        "dns": allow_dns(PART_OF),
        "log-agents-to-loki": allow_egress(labels_of(LOG_AGENT), loki, PORTS[LOKI]),
    }
