"""Configuration of Prometheus, Alertmanager and the exporters.

JSON is YAML, so these files need no YAML writer.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from local.credentials import read_secret
from local.places import Places
from local.plan import Plan

SCRAPE_SECONDS = 2
STORES = ("broker", "cache")
NOWHERE = "http://alerts.invalid"
"""Placeholder in the rendered routes for the address of the environment."""


def prometheus_configuration(
    plan: Plan, metrics: dict[str, dict[str, str]], *, rules: Path
) -> str:
    """Return prometheus.yml; `metrics` maps a job to its programs' addresses."""
    alertmanagers = (
        [{"static_configs": [{"targets": [plan.ports.address("alertmanager")]}]}]
        if "alertmanager" in plan.tools
        else []
    )
    jobs = [plain_job(job, targets) for job, targets in metrics.items()]
    if "redis-exporter" in plan.tools:
        jobs.append(redis_job(plan))
    if "blackbox-exporter" in plan.tools:
        jobs.append(blackbox_job(plan))
    return json.dumps(
        {
            "global": {
                "scrape_interval": f"{SCRAPE_SECONDS}s",
                "scrape_timeout": f"{SCRAPE_SECONDS}s",
                "evaluation_interval": f"{SCRAPE_SECONDS}s",
                "external_labels": {"environment": "local"},
            },
            "rule_files": [str(rules)],
            "alerting": {"alertmanagers": alertmanagers},
            "scrape_configs": jobs,
        },
        indent=1,
    )


def plain_job(job: str, targets: dict[str, str]) -> dict[str, object]:
    """Scrape every target at /metrics; `instance` is the program's name."""
    static = [
        {"targets": [address], "labels": {"instance": name}}
        for name, address in targets.items()
    ]
    return {"job_name": job, "static_configs": static}


def redis_job(plan: Plan) -> dict[str, object]:
    """Scrape both Redis servers through one exporter; `instance` is the store."""
    targets = [
        {
            "targets": [f"redis://{plan.ports.address(store)}"],
            "labels": {"instance": store},
        }
        for store in STORES
    ]
    return through(plan, "redis", "redis-exporter", "/scrape", targets)


def blackbox_job(plan: Plan) -> dict[str, object]:
    """Probe the API's health pages from outside."""
    pages = [f"{plan.ports.url('api')}/health/{page}" for page in ("live", "ready")]
    targets = [{"targets": [page], "labels": {"instance": page}} for page in pages]
    job = through(plan, "blackbox", "blackbox-exporter", "/probe", targets)
    return job | {"params": {"module": ["http_2xx"]}}


def through(
    plan: Plan, job: str, exporter: str, path: str, targets: Sequence[object]
) -> dict[str, object]:
    """Scrape targets through an exporter."""
    return {
        "job_name": job,
        "metrics_path": path,
        "static_configs": targets,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {
                "target_label": "__address__",
                "replacement": plan.ports.address(exporter),
            },
        ],
    }


def alertmanager_configuration(rendered: str, webhook: str) -> str:
    """Return alertmanager.yml: the rendered routes, sent to `webhook`."""
    return rendered.replace(NOWHERE, webhook)


def blackbox_configuration() -> str:
    """Return blackbox.yml: an address is up when it answers 2xx."""
    return json.dumps(
        {
            "modules": {
                "http_2xx": {
                    "prober": "http",
                    "timeout": f"{SCRAPE_SECONDS}s",
                    "http": {"preferred_ip_protocol": "ip4"},
                }
            }
        },
        indent=1,
    )


def redis_passwords(places: Places, plan: Plan) -> str:
    """Return the exporter's password file, keyed by address."""
    return json.dumps(
        {
            f"redis://{plan.ports.address(store)}": read_secret(places, store)
            for store in STORES
        }
    )
