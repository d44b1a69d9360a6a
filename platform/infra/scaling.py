"""More copies when there is more to do: of the API by the use of its processor."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.autoscaling.v2 import (
    HorizontalPodAutoscalerBehaviorArgsDict,
    HorizontalPodAutoscalerSpecArgsDict,
)

from infra.rollout import API_VERSION

CALM_SECONDS: Final = 300
"""A lull shorter than this removes no copy: it would be started again at once."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Between how many copies, and at which use of the requested CPU."""

    minimum: int
    maximum: int
    cpu_percent: int


def scaling_of(name: str, bounds: Bounds) -> HorizontalPodAutoscalerSpecArgsDict:
    """Scales the Rollout by CPU, between the bounds."""
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
    # Doubled at most every half minute: a start costs processor time itself, and
    # must not look like load.
    "scale_up": {
        "stabilization_window_seconds": 0,
        "policies": [{"type": "Percent", "value": 100, "period_seconds": 30}],
    },
    "scale_down": {
        "stabilization_window_seconds": CALM_SECONDS,
        "policies": [{"type": "Percent", "value": 25, "period_seconds": 60}],
    },
}
