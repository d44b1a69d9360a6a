"""Traces: programs give spans to a collector, which gives them to Tempo."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from infra.appliance import Appliance, Binary
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs, Disk
from infra.observability.collecting import ANY, collector_of, guarded
from infra.observability.files import SETTINGS_AT, plain_files, written
from infra.observability.naming import (
    COLLECTOR,
    COLLECTOR_HEALTH,
    PORTS,
    TEMPO,
    TEMPO_INTAKE,
    address,
)

DATA_AT: Final = "/data"
KEPT_HOURS: Final = 7 * 24
"""A week: a trace explains an incident, and incidents are looked into within days."""


@dataclass(frozen=True, kw_only=True)
class TracesArgs:
    """Who collects, and where spans are kept."""

    namespace: pulumi.Input[str]
    collector: Binary
    tempo: Binary
    disk: Disk


class Traces(pulumi.ComponentResource):
    """The collector and Tempo, one of each."""

    def __init__(
        self,
        name: str,
        args: TracesArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Traces", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        home = args.namespace
        collecting = {"collector.yaml": written(collector_configuration())}
        keeping = {"tempo.yaml": written(tempo_configuration())}
        ports = {"health": COLLECTOR_HEALTH, "otlp": PORTS[COLLECTOR]}
        collector = collector_of(
            COLLECTOR,
            args.collector,
            ports,
            plain_files(COLLECTOR, home, collecting, child),
        )
        tempo = Appliance(
            name=TEMPO,
            binary=args.tempo,
            arguments=(f"-config.file={SETTINGS_AT}/tempo.yaml",),
            ports={"http": PORTS[TEMPO], "otlp": TEMPO_INTAKE},
            health="/ready",
            cpu="100m",
            memory="512Mi",
            mounts=(plain_files(TEMPO, home, keeping, child),),
            account=TEMPO,
        )
        ApplianceWorkload(
            COLLECTOR, ApplianceWorkloadArgs(namespace=home, appliance=collector), child
        )
        ApplianceWorkload(
            TEMPO,
            ApplianceWorkloadArgs(
                namespace=home, appliance=tempo, disk=args.disk, disk_at=DATA_AT
            ),
            child,
        )
        self.register_outputs({})


def collector_configuration() -> dict[str, Any]:
    """Spans come by HTTP and leave in batches; under pressure they are refused."""
    intake = {"endpoint": f"{ANY}:{PORTS[COLLECTOR]}"}
    keeper = {"endpoint": address(TEMPO, TEMPO_INTAKE), "tls": {"insecure": True}}
    return {
        "receivers": {"otlp": {"protocols": {"http": intake}}},
        "exporters": {"otlp": keeper},
        **guarded({"traces": {"receivers": ["otlp"], "exporters": ["otlp"]}}),
    }


def tempo_configuration() -> dict[str, Any]:
    """A single Tempo over one disk."""
    intake = {"grpc": {"endpoint": f"{ANY}:{TEMPO_INTAKE}"}}
    return {
        "server": {"http_listen_port": PORTS[TEMPO], "log_level": "warn"},
        "distributor": {"receivers": {"otlp": {"protocols": intake}}},
        "compactor": {"compaction": {"block_retention": f"{KEPT_HOURS}h"}},
        "storage": {
            "trace": {
                "backend": "local",
                "wal": {"path": f"{DATA_AT}/wal"},
                "local": {"path": f"{DATA_AT}/blocks"},
            }
        },
        "usage_report": {"reporting_enabled": False},
    }
