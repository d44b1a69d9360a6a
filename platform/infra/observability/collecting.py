"""OpenTelemetry collectors: the same guards, health and figures for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.appliance import Appliance, Binary, Mounted
from infra.observability.files import SETTINGS_AT
from infra.observability.naming import COLLECTOR_FIGURES, COLLECTOR_HEALTH

ANY: Final = "0.0.0.0"  # noqa: S104 a pod's own network; the policies are the door
MEMORY: Final = "256Mi"


def collector_of(
    name: str,
    binary: Binary,
    ports: Mapping[str, int],
    *mounts: Mounted,
    read_groups: Sequence[int] = (),
) -> Appliance:
    """A collector's pod; the first of `ports` is its health."""
    return Appliance(
        name=name,
        binary=binary,
        arguments=(f"--config={SETTINGS_AT}/collector.yaml",),
        ports={**ports, "figures": COLLECTOR_FIGURES},
        health="/",
        memory=MEMORY,
        mounts=mounts,
        account=name,
        read_groups=read_groups,
    )


def guarded(
    pipelines: Mapping[str, dict[str, Any]],
    processors: Mapping[str, Any] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The processors of every pipeline, own ones between the limit and the batches.

    The limit comes first, so that what cannot be held is refused at the door.
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
    pulled = {"prometheus": {"host": ANY, "port": COLLECTOR_FIGURES}}
    return {
        "logs": {"level": "warn"},
        "metrics": {"readers": [{"pull": {"exporter": pulled}}]},
    }
