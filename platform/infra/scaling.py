"""HorizontalPodAutoscaler of the API, by CPU utilization."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.autoscaling.v2 import (
    HorizontalPodAutoscalerBehaviorArgsDict,
    HorizontalPodAutoscalerSpecArgsDict,
)

from infra.rollout import API_VERSION

SCALE_DOWN_SECONDS: Final = 300
"""Stabilization window: a shorter lull removes no replica."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Bounds of the replicas, and the target utilization of the requested CPU."""

    minimum: int
    maximum: int
    cpu_percent: int


def scaling_of(name: str, bounds: Bounds) -> HorizontalPodAutoscalerSpecArgsDict:
    """Return the autoscaler's spec for the Rollout."""
    return {
        "scale_target_ref": {
            "api_version": API_VERSION,
            "kind": "Rollout",
            "name": name,
        },
        "min_replicas": bounds.minimum,
        "max_replicas": bounds.maximum,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {
                        "type": "Utilization",
                        "average_utilization": bounds.cpu_percent,
                    },
                },
            }
        ],
        "behavior": BEHAVIOR,
    }


BEHAVIOR: Final[HorizontalPodAutoscalerBehaviorArgsDict] = {
    # At most doubled every half minute: a start uses CPU time itself, which must not
    # count as load.
    "scale_up": {
        "stabilization_window_seconds": 0,
        "policies": [{"type": "Percent", "value": 100, "period_seconds": 30}],
    },
    "scale_down": {
        "stabilization_window_seconds": SCALE_DOWN_SECONDS,
        "policies": [{"type": "Percent", "value": 25, "period_seconds": 60}],
    },
}
