"""ScaledObject of the workers: scale by the age and by the depth of the queue."""

from dataclasses import dataclass
from typing import Any, Final

from infra.scaling import SCALE_DOWN_SECONDS

API_VERSION: Final = "keda.sh/v1alpha1"
OLDEST: Final = 'max(holdfast_job_oldest_seconds{job="relay"})'
WAITING: Final = 'sum(max by (queue) (holdfast_jobs_waiting{job="relay"}))'
"""Every relay counts the same queues, so the maximum is the count."""
POLL_SECONDS: Final = 15
FAILED_POLLS: Final = 3
"""Failed queries after which the number of replicas is held."""
AGE_SHARE: Final = 0.5
"""Share of the target age beyond which workers are added, long before an alert."""


@dataclass(frozen=True, kw_only=True)
class QueueBounds:
    """Bounds of the replicas, and the queue that one replica may have."""

    minimum: int
    maximum: int
    age_seconds: float
    """Target age of the oldest job."""
    jobs_a_worker: int
    """Waiting jobs per replica: one for each of its threads."""


def scaled_object_of(name: str, bounds: QueueBounds, prometheus: str) -> dict[str, Any]:
    """Return the spec of a ScaledObject. KEDA owns the Deployment's replicas.

    While Prometheus does not answer the replicas stay as they are, and at least the
    minimum: a missing answer is not an empty queue.
    """
    return {
        "scaleTargetRef": {"kind": "Deployment", "name": name},
        "minReplicaCount": bounds.minimum,
        "maxReplicaCount": bounds.maximum,
        "pollingInterval": POLL_SECONDS,
        "cooldownPeriod": SCALE_DOWN_SECONDS,
        "fallback": {
            "failureThreshold": FAILED_POLLS,
            "replicas": bounds.minimum,
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": BEHAVIOR}},
        "triggers": [
            # Replicas are proportional to the age.
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
    # A burst that the present replicas finish within this time starts no new one.
    "scaleUp": {
        "stabilizationWindowSeconds": 30,
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 30}],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": SCALE_DOWN_SECONDS,
        "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
    },
}
