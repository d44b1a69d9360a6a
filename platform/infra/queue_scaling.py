"""More workers when jobs wait: by the age of the oldest and by how many there are."""

from dataclasses import dataclass
from typing import Any, Final

from infra.scaling import CALM_SECONDS

API_VERSION: Final = "keda.sh/v1alpha1"
OLDEST: Final = 'max(holdfast_job_oldest_seconds{job="relay"})'
WAITING: Final = 'sum(max by (queue) (holdfast_jobs_waiting{job="relay"}))'
"""Every relay counts the same queues, so the greatest count is the count."""
POLL_SECONDS: Final = 15
SILENT_POLLS: Final = 3
"""Failed looks after which the number of copies is held."""
AGE_SHARE: Final = 0.5
"""Of the promised age; beyond it copies are added, long before anybody is paged."""


@dataclass(frozen=True, kw_only=True)
class QueueBounds:
    """Between how many copies, and what may wait before there are more."""

    minimum: int
    maximum: int
    age_seconds: float
    """The promised age of the oldest job."""
    jobs_a_worker: int
    """So many may wait for each copy: one for each of its threads."""


def scaled_object_of(name: str, bounds: QueueBounds, prometheus: str) -> dict[str, Any]:
    """The spec of a ScaledObject. KEDA owns the Deployment's number of copies.

    While Prometheus is silent there are as many copies as before, and never fewer
    than the least: an answer that is missing is no empty queue.
    """
    return {
        "scaleTargetRef": {"kind": "Deployment", "name": name},
        "minReplicaCount": bounds.minimum,
        "maxReplicaCount": bounds.maximum,
        "pollingInterval": POLL_SECONDS,
        "cooldownPeriod": CALM_SECONDS,
        "fallback": {
            "failureThreshold": SILENT_POLLS,
            "replicas": bounds.minimum,
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": BEHAVIOR}},
        "triggers": [
            # In proportion: twice as old wants twice as many.
            _trigger(
                "age", "Value", OLDEST, bounds.age_seconds * AGE_SHARE, prometheus
            ),
            _trigger(
                "depth", "AverageValue", WAITING, bounds.jobs_a_worker, prometheus
            ),
        ],
    }


def _trigger(
    name: str, kind: str, query: str, threshold: float, prometheus: str
) -> dict[str, Any]:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": kind,
        "metadata": {
            "serverAddress": prometheus,
            "query": query,
            "threshold": f"{threshold:g}",
            "ignoreNullValues": "false",
        },
    }


BEHAVIOR: Final = {
    # A burst that the present copies finish within this time starts none.
    "scaleUp": {
        "stabilizationWindowSeconds": 30,
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 30}],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": CALM_SECONDS,
        "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
    },
}
