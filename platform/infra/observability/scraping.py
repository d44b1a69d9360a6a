"""What Prometheus scrapes: the jobs and instances that rules and boards speak of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from infra.front import NAME as FRONT
from infra.judging import RELEASE
from infra.labels import PART_OF
from infra.observability.members import (
    MEMBERS,
    PATRONI,
    POSTGRES,
    SERVERS,
    named_after_instance,
    renaming,
)
from infra.observability.naming import (
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
"""Two scrapes, one look at the rules and an alert's minute: within the promised time
of `recovery.drill-detected`.
"""
SERVERS_SECONDS: Final = 15
PROGRAMS: Final = ("api", "worker", "relay", "scheduler")
STORES: Final = ("broker", "cache")
HEALTH_PAGES: Final = ("live", "ready")
WATCHERS: Final = (ALERTMANAGER, GRAFANA, COLLECTOR, TEMPO, LOKI)
RULES_AT: Final = "/rules"
META: Final = "__meta_kubernetes_pod_"


@dataclass(frozen=True, kw_only=True)
class Scraping:
    """Where everything that is scraped lives."""

    environment: str
    namespace: str
    data_namespace: str
    observability_namespace: str
    cluster: str
    """The name of the database cluster."""


def prometheus_configuration(where: Scraping) -> str:
    """prometheus.yml, as JSON: that is YAML and needs no writer."""
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
            watchers_job(where),
        ],
    }
    return msgspec.json.format(msgspec.json.encode(configuration), indent=1).decode()


def programs_job(where: Scraping) -> dict[str, Any]:
    """Our programs, each under its own name, each pod an instance.

    Pods of the API say their release, too: so a canary is told from the others.
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
    """Whether each database instance lives, and which of them leads."""
    return {
        "job_name": PATRONI,
        **_instances(where),
        "metric_relabel_configs": [*renaming(MEMBERS), named_after_instance("name")],
    }


def servers_job(where: Scraping) -> dict[str, Any]:
    """What each database instance counts about itself."""
    return {
        "job_name": POSTGRES,
        "scrape_interval": f"{SERVERS_SECONDS}s",
        **_instances(where),
        "metric_relabel_configs": [*renaming(SERVERS), named_after_instance("server")],
    }


def redis_job(where: Scraping) -> dict[str, Any]:
    """Both stores through one exporter; `instance` is the store's name."""
    targets = [
        {
            "targets": [f"redis://{store}.{where.data_namespace}.svc:{REDIS}"],
            "labels": {"instance": store},
        }
        for store in STORES
    ]
    return _through("redis", REDIS_EXPORTER, "/scrape", targets)


def node_job(where: Scraping) -> dict[str, Any]:
    """Each node by its own name."""
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
    """Ask the API's health pages as a caller would; `instance` is the page."""
    pages = [
        f"http://{FRONT}.{where.namespace}.svc/health/{page}" for page in HEALTH_PAGES
    ]
    targets = [{"targets": [page], "labels": {"instance": page}} for page in pages]
    job = _through("blackbox", BLACKBOX_EXPORTER, "/probe", targets)
    return job | {"params": {"module": ["http_2xx"]}}


def watchers_job(where: Scraping) -> dict[str, Any]:
    """Those who watch, and Prometheus itself: as many of them as there are."""
    return {
        "job_name": "watchers",
        "scrape_interval": f"{SERVERS_SECONDS}s",
        "kubernetes_sd_configs": [_pods(where.observability_namespace, PART_OF)],
        "relabel_configs": [
            _keep(f"{META}label_app_kubernetes_io_name", "prometheus", *WATCHERS),
            *_running("http|figures"),
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
    """Only this port, and no pod that has ended."""
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
