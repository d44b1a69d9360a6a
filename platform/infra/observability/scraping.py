"""prometheus.yml: the scrape jobs and instances that rules and dashboards refer to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from infra.api_proxy import NAME as API_PROXY
from infra.canary_analysis import RELEASE
from infra.labels import PART_OF
from infra.observability.database_metrics import (
    MEMBERS,
    PATRONI,
    POSTGRES,
    SERVERS,
    label_with_instance,
    rename_series,
)
from infra.observability.names import (
    ALERTMANAGER,
    BLACKBOX_EXPORTER,
    COLLECTOR,
    GRAFANA,
    LOKI,
    NODE_EXPORTER,
    REDIS_EXPORTER,
    TEMPO,
    address,
)
from infra.ports import REDIS

SCRAPE_SECONDS: Final = 5
"""Two scrapes, one rule evaluation and an alert's minute fit into the target
`recovery.drill-detected`.
"""
SERVERS_SECONDS: Final = 15
PROGRAMS: Final = ("api", "worker", "relay", "scheduler")
STORES: Final = ("broker", "cache")
HEALTH_PAGES: Final = ("live", "ready")
OBSERVABILITY: Final = (ALERTMANAGER, GRAFANA, COLLECTOR, TEMPO, LOKI)
RULES_AT: Final = "/rules"
META: Final = "__meta_kubernetes_pod_"


@dataclass(frozen=True, kw_only=True)
class Scraping:
    """The namespaces of all scrape targets."""

    environment: str
    namespace: str
    data_namespace: str
    observability_namespace: str
    cluster: str
    """The name of the database cluster."""


def prometheus_configuration(where: Scraping) -> str:
    """Return prometheus.yml as JSON, which is valid YAML."""
    scrape = f"{SCRAPE_SECONDS}s"
    configuration = {
        "global": {
            "scrape_interval": scrape,
            "scrape_timeout": scrape,
            "evaluation_interval": scrape,
            "external_labels": {"environment": where.environment},
        },
        "rule_files": [f"{RULES_AT}/*.yml"],
        "alerting": {
            "alertmanagers": [
                {"static_configs": [{"targets": [address(ALERTMANAGER)]}]}
            ]
        },
        "scrape_configs": [
            programs_job(where),
            members_job(where),
            servers_job(where),
            redis_job(where),
            node_job(where),
            blackbox_job(where),
            observability_job(where),
        ],
    }
    return msgspec.json.format(msgspec.json.encode(configuration), indent=1).decode()


def programs_job(where: Scraping) -> dict[str, Any]:
    """Scrape our programs: the job is the program's name, the instance is the pod.

    Pods of the API also get their release as a label, which identifies a canary.
    """
    return {
        "job_name": "programs",
        "kubernetes_sd_configs": [_pods(where.namespace, PART_OF)],
        "relabel_configs": [
            _keep(f"{META}label_app_kubernetes_io_name", *PROGRAMS),
            *_running("metrics"),
            _set("job", f"{META}label_app_kubernetes_io_name"),
            _set("instance", f"{META}name"),
            _set(RELEASE, f"{META}label_rollouts_pod_template_hash"),
        ],
    }


def members_job(where: Scraping) -> dict[str, Any]:
    """Scrape the state and the role of each database instance."""
    return {
        "job_name": PATRONI,
        **_instances(where),
        "metric_relabel_configs": [
            *rename_series(MEMBERS),
            label_with_instance("name"),
        ],
    }


def servers_job(where: Scraping) -> dict[str, Any]:
    """Scrape the PostgreSQL statistics of each database instance."""
    return {
        "job_name": POSTGRES,
        "scrape_interval": f"{SERVERS_SECONDS}s",
        **_instances(where),
        "metric_relabel_configs": [
            *rename_series(SERVERS),
            label_with_instance("server"),
        ],
    }


def redis_job(where: Scraping) -> dict[str, Any]:
    """Scrape both Redis servers through one exporter; `instance` names the server."""
    targets = [
        {
            "targets": [f"redis://{store}.{where.data_namespace}.svc:{REDIS}"],
            "labels": {"instance": store},
        }
        for store in STORES
    ]
    return _through("redis", REDIS_EXPORTER, "/scrape", targets)


def node_job(where: Scraping) -> dict[str, Any]:
    """Scrape each node; `instance` is the node's name."""
    labels = {"app.kubernetes.io/name": NODE_EXPORTER}
    return {
        "job_name": "node",
        "kubernetes_sd_configs": [_pods(where.observability_namespace, labels)],
        "relabel_configs": [
            *_running("http"),
            _set("instance", f"{META}node_name"),
        ],
    }


def blackbox_job(where: Scraping) -> dict[str, Any]:
    """Probe the API's health pages as a client does; `instance` is the page."""
    api = f"http://{API_PROXY}.{where.namespace}.svc"
    pages = [f"{api}/health/{page}" for page in HEALTH_PAGES]
    targets = [{"targets": [page], "labels": {"instance": page}} for page in pages]
    job = _through("blackbox", BLACKBOX_EXPORTER, "/probe", targets)
    return job | {"params": {"module": ["http_2xx"]}}


def observability_job(where: Scraping) -> dict[str, Any]:
    """Scrape the observability programs that are installed, Prometheus included."""
    return {
        "job_name": "observability",
        "scrape_interval": f"{SERVERS_SECONDS}s",
        "kubernetes_sd_configs": [_pods(where.observability_namespace, PART_OF)],
        "relabel_configs": [
            _keep(f"{META}label_app_kubernetes_io_name", "prometheus", *OBSERVABILITY),
            *_running("http|metrics"),
            _set("job", f"{META}label_app_kubernetes_io_name"),
            _set("instance", f"{META}name"),
        ],
    }


def _instances(where: Scraping) -> dict[str, Any]:
    labels = {"cnpg.io/cluster": where.cluster, "cnpg.io/podRole": "instance"}
    return {
        "kubernetes_sd_configs": [_pods(where.data_namespace, labels)],
        "relabel_configs": [*_running("metrics"), _set("instance", f"{META}name")],
    }


def _pods(namespace: str, labels: dict[str, str]) -> dict[str, Any]:
    chosen = ",".join(f"{label}={value}" for label, value in labels.items())
    return {
        "role": "pod",
        "namespaces": {"names": [namespace]},
        "selectors": [{"role": "pod", "label": chosen}],
    }


def _running(port: str) -> list[dict[str, Any]]:
    """Keep this port only, and drop pods that have ended."""
    return [
        _keep(f"{META}container_port_name", port),
        {
            "source_labels": [f"{META}phase"],
            "regex": "Succeeded|Failed",
            "action": "drop",
        },
    ]


def _keep(label: str, *values: str) -> dict[str, Any]:
    return {"source_labels": [label], "regex": "|".join(values), "action": "keep"}


def _set(label: str, source: str) -> dict[str, Any]:
    return {"source_labels": [source], "target_label": label}


def _through(
    job: str, exporter: str, path: str, targets: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "job_name": job,
        "metrics_path": path,
        "static_configs": targets,
        "relabel_configs": [
            _set("__param_target", "__address__"),
            {"target_label": "__address__", "replacement": address(exporter)},
        ],
    }
