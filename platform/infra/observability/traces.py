"""Traces: programs export spans to a collector, which sends them to Tempo."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from infra.disks import Disk
from infra.observability.collectors import ANY, collector_config, collector_of
from infra.observability.files import SETTINGS_AT, json_text, plain_files
from infra.observability.names import (
    COLLECTOR,
    COLLECTOR_HEALTH,
    PORTS,
    TEMPO,
    TEMPO_OTLP,
    address,
)
from infra.third_party_pod import Binary, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

DATA_AT: Final = "/data"
KEPT_HOURS: Final = 7 * 24
"""A week: incidents are investigated within days."""


@dataclass(frozen=True, kw_only=True)
class TracesArgs:
    """The images, and Tempo's disk."""

    namespace: pulumi.Input[str]
    collector: Binary
    tempo: Binary
    disk: Disk


class Traces(pulumi.ComponentResource):
    """One collector and one Tempo."""

    def __init__(
        self,
        name: str,
        args: TracesArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Traces", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        home = args.namespace
        collector_files = {"collector.yaml": json_text(collector_configuration())}
        tempo_files = {"tempo.yaml": json_text(tempo_configuration())}
        ports = {"health": COLLECTOR_HEALTH, "otlp": PORTS[COLLECTOR]}
        collector = collector_of(
            COLLECTOR,
            args.collector,
            ports,
            plain_files(COLLECTOR, home, collector_files, child),
        )
        tempo = ThirdPartyProgram(
            name=TEMPO,
            binary=args.tempo,
            arguments=(f"-config.file={SETTINGS_AT}/tempo.yaml",),
            ports={"http": PORTS[TEMPO], "otlp": TEMPO_OTLP},
            health="/ready",
            cpu="100m",
            memory="512Mi",
            mounts=(plain_files(TEMPO, home, tempo_files, child),),
            account=TEMPO,
        )
        ThirdPartyWorkload(
            COLLECTOR,
            ThirdPartyWorkloadArgs(namespace=home, program=collector),
            child,
        )
        ThirdPartyWorkload(
            TEMPO,
            ThirdPartyWorkloadArgs(
                namespace=home, program=tempo, disk=args.disk, disk_at=DATA_AT
            ),
            child,
        )
        self.register_outputs({})


def collector_configuration() -> dict[str, Any]:
    """Return the collector's configuration: OTLP over HTTP in, batches to Tempo out."""
    http = {"endpoint": f"{ANY}:{PORTS[COLLECTOR]}"}
    tempo = {"endpoint": address(TEMPO, TEMPO_OTLP), "tls": {"insecure": True}}
    return {
        "receivers": {"otlp": {"protocols": {"http": http}}},
        "exporters": {"otlp": tempo},
        **collector_config({"traces": {"receivers": ["otlp"], "exporters": ["otlp"]}}),
    }


def tempo_configuration() -> dict[str, Any]:
    """Return the configuration of a single Tempo with one disk."""
    otlp = {"grpc": {"endpoint": f"{ANY}:{TEMPO_OTLP}"}}
    return {
        "server": {"http_listen_port": PORTS[TEMPO], "log_level": "warn"},
        "distributor": {"receivers": {"otlp": {"protocols": otlp}}},
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
