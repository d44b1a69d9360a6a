"""Who may talk to whom among those who watch, and whom they may watch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgsDict

from infra.labels import PART_OF, labels_of
from infra.observability.naming import (
    ALERTMANAGER,
    BLACKBOX_EXPORTER,
    COLLECTOR,
    COLLECTOR_FIGURES,
    GRAFANA,
    LOG_AGENT,
    LOKI,
    PORTS,
    PROMETHEUS,
    REDIS_EXPORTER,
    TEMPO,
    TEMPO_INTAKE,
)
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
from infra.ports import DATABASE_FIGURES, HTTP, METRICS, REDIS

Policies = dict[str, NetworkPolicySpecArgsDict]
ANYWHERE: Final = "0.0.0.0/0"
"""Whoever is told of alerts has a name, and a policy knows only addresses."""
WEBHOOKS: Final = (80, 443, 8080)
FIGURES: Final = (*PORTS.values(), COLLECTOR_FIGURES)


@dataclass(frozen=True, kw_only=True)
class WatchingPaths:
    """The neighbours by namespace."""

    app_namespace: str
    data_namespace: str
    agents_namespace: str
    """Where the agents that read the nodes' logs are."""
    asking_namespaces: Sequence[str]
    """Operators that decide by figures: on releases, and on how many workers."""
    api_server_cidr: str


def policies_of(paths: WatchingPaths) -> Policies:
    """Each policy under the name that says what it permits."""
    return {
        "deny-by-default": DENIED,
        "resolve-names": resolving(PART_OF),
        **metrics_policies(paths),
        **telling_policies(),
        **boards_policies(),
        **traces_policies(paths),
        **logs_policies(paths),
    }


def metrics_policies(paths: WatchingPaths) -> Policies:
    """Prometheus and its exporters reach what they look at."""
    prometheus = labels_of(PROMETHEUS)
    asking = [pods(prometheus), pods(labels_of(GRAFANA))]
    asking += [whole(namespace) for namespace in paths.asking_namespaces]
    programs, data = [whole(paths.app_namespace)], [whole(paths.data_namespace)]
    return {
        "prometheus-finds-pods": asking_the_cluster(prometheus, paths.api_server_cidr),
        "prometheus-scrapes-programs": leaving(prometheus, programs, METRICS),
        "prometheus-scrapes-database": leaving(prometheus, data, DATABASE_FIGURES),
        "prometheus-scrapes-here": leaving(prometheus, [pods(PART_OF)], *FIGURES),
        "scraped-by-prometheus": entering(PART_OF, [pods(prometheus)], *FIGURES),
        "prometheus-is-asked": entering(prometheus, asking, PORTS[PROMETHEUS]),
        "exporter-reaches-stores": leaving(labels_of(REDIS_EXPORTER), data, REDIS),
        "exporter-reaches-api": leaving(labels_of(BLACKBOX_EXPORTER), programs, HTTP),
    }


def telling_policies() -> Policies:
    """Alertmanager tells somebody outside."""
    alertmanager = labels_of(ALERTMANAGER)
    return {
        "alertmanager-tells": leaving(alertmanager, [addresses(ANYWHERE)], *WEBHOOKS)
    }


def boards_policies() -> Policies:
    """Grafana asks its sources; people reach it through the API server."""
    grafana = labels_of(GRAFANA)
    return {
        f"grafana-asks-{source}": leaving(
            grafana, [pods(labels_of(source))], PORTS[source]
        )
        for source in (PROMETHEUS, LOKI, TEMPO, ALERTMANAGER)
    } | {
        f"{source}-is-asked-by-grafana": entering(
            labels_of(source), [pods(grafana)], PORTS[source]
        )
        for source in (LOKI, TEMPO, ALERTMANAGER)
    }


def traces_policies(paths: WatchingPaths) -> Policies:
    """Programs give spans to the collector, and it gives them to Tempo."""
    collector, tempo = labels_of(COLLECTOR), labels_of(TEMPO)
    return {
        "programs-give-spans": entering(
            collector, [whole(paths.app_namespace)], PORTS[COLLECTOR]
        ),
        "collector-gives-spans": leaving(collector, [pods(tempo)], TEMPO_INTAKE),
        "tempo-takes-spans": entering(tempo, [pods(collector)], TEMPO_INTAKE),
    }


def logs_policies(paths: WatchingPaths) -> Policies:
    """Agents on the nodes give lines to Loki."""
    agents = [pods(labels_of(LOG_AGENT), paths.agents_namespace)]
    return {"agents-give-lines": entering(labels_of(LOKI), agents, PORTS[LOKI])}


def agent_policies(watching_namespace: str) -> Policies:
    """The agents' namespace: out to Loki, and nothing else."""
    agent: Mapping[str, str] = labels_of(LOG_AGENT)
    loki = [pods(labels_of(LOKI), watching_namespace)]
    return {
        "deny-by-default": DENIED,
        "resolve-names": resolving(PART_OF),
        "agents-give-lines": leaving(agent, loki, PORTS[LOKI]),
    }
