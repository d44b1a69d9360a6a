"""OpenTelemetry collectors: the same memory limit, health and metrics for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.observability.files import SETTINGS_AT
from infra.observability.names import COLLECTOR_HEALTH, COLLECTOR_METRICS
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram

ANY: Final = "0.0.0.0"  # noqa: S104 network policies restrict access to a pod
MEMORY: Final = "256Mi"


def collector_of(
    name: str,
    binary: Binary,
    ports: Mapping[str, int],
    *mounts: Mount,
    supplemental_groups: Sequence[int] = (),
) -> ThirdPartyProgram:
    """Return a collector; its probes use the first of `ports`."""
    return ThirdPartyProgram(
        name=name,
        binary=binary,
        arguments=(f"--config={SETTINGS_AT}/collector.yaml",),
        ports={**ports, "metrics": COLLECTOR_METRICS},
        health="/",
        memory=MEMORY,
        mounts=mounts,
        account=name,
        supplemental_groups=supplemental_groups,
    )


def collector_config(
    pipelines: Mapping[str, dict[str, Any]],
    processors: Mapping[str, Any] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the configuration around the pipelines.

    The memory limiter is the first processor, so that data beyond the limit is refused
    on arrival; then come the given processors, and batching last.
    """
    own = dict(processors or {})
    order = ["memory_limiter", *own, "batch"]
    return {
        "processors": {
            "memory_limiter": {
                "check_interval": "1s",
                "limit_percentage": 75,
                "spike_limit_percentage": 20,
            },
            **own,
            "batch": {"timeout": "2s"},
        },
        "extensions": {
            "health_check": {"endpoint": f"{ANY}:{COLLECTOR_HEALTH}"},
            **(extensions or {}),
        },
        "service": {
            "extensions": ["health_check", *(extensions or {})],
            "pipelines": {
                name: {**pipeline, "processors": order}
                for name, pipeline in pipelines.items()
            },
            "telemetry": _telemetry(),
        },
    }


def _telemetry() -> dict[str, Any]:
    pulled = {"prometheus": {"host": ANY, "port": COLLECTOR_METRICS}}
    return {
        "logs": {"level": "warn"},
        "metrics": {"readers": [{"pull": {"exporter": pulled}}]},
    }
