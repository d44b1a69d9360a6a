"""Logs: an agent on each node sends the pods' logs to Loki."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.disks import Disk
from infra.labels import object_meta
from infra.observability.collectors import collector_config, collector_of
from infra.observability.files import SETTINGS_AT, json_text, plain_files
from infra.observability.names import (
    COLLECTOR_HEALTH,
    LOG_AGENT,
    LOKI,
    PORTS,
)
from infra.observability.network_policies import agent_policies
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

DATA_AT: Final = "/data"
PODS_AT: Final = "/var/log/pods"
ROOT_GROUP: Final = 0
"""The group of the kubelet's log files."""
HOST_PATHS: Final = {
    # The agents need host paths, which only this standard permits; otherwise their pods
    # are as restricted as all others.
    "pod-security.kubernetes.io/enforce": "privileged",
}
INDEX_HOURS: Final = 24


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """The namespaces whose logs are collected, and their retention."""

    namespace: pulumi.Input[str]
    observability_namespace: str
    agents_namespace: str
    log_namespaces: Sequence[str]
    collector: Binary
    loki: Binary
    disk: Disk
    retention_seconds: float


class Logs(pulumi.ComponentResource):
    """Loki, and agents in a namespace of their own."""

    def __init__(
        self,
        name: str,
        args: LogsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Logs", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        loki = {"loki.yaml": json_text(loki_configuration(args.retention_seconds))}
        settings = plain_files(LOKI, args.namespace, loki, child)
        ThirdPartyWorkload(
            LOKI,
            ThirdPartyWorkloadArgs(
                namespace=args.namespace,
                program=loki_of(args.loki, settings),
                disk=args.disk,
                disk_at=DATA_AT,
            ),
            child,
        )
        self._agents(args)
        self.register_outputs({})

    def _agents(self, args: LogsArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        made = Namespace(
            args.agents_namespace,
            metadata={"name": args.agents_namespace, "labels": HOST_PATHS},
            opts=child,
        )
        home: pulumi.Output[str] = made.metadata["name"]
        for purpose, spec in agent_policies(args.observability_namespace).items():
            head = object_meta(purpose, home)
            NetworkPolicy(f"agents-{purpose}", metadata=head, spec=spec, opts=child)
        configuration = {"collector.yaml": json_text(agent_configuration(args))}
        pods = Mount(
            name="pods",
            at=PODS_AT,
            volume={"name": "pods", "host_path": {"path": PODS_AT}},
        )
        agent = collector_of(
            LOG_AGENT,
            args.collector,
            {"health": COLLECTOR_HEALTH},
            plain_files(LOG_AGENT, home, configuration, child),
            pods,
            supplemental_groups=(ROOT_GROUP,),
        )
        workload = ThirdPartyWorkloadArgs(
            namespace=home, program=agent, every_node=True
        )
        ThirdPartyWorkload(LOG_AGENT, workload, child)


def loki_of(binary: Binary, settings: Mount) -> ThirdPartyProgram:
    """Return the program that stores logs."""
    return ThirdPartyProgram(
        name=LOKI,
        binary=binary,
        arguments=(f"-config.file={SETTINGS_AT}/loki.yaml",),
        ports={"http": PORTS[LOKI]},
        health="/ready",
        cpu="100m",
        memory="512Mi",
        mounts=(settings,),
        account=LOKI,
    )


def agent_configuration(args: LogsArgs) -> dict[str, Any]:
    """Return the agent's configuration: read our namespaces' pods, parse, send to Loki.

    The read offsets are stored in the pod: a new pod reads the files again, and Loki
    drops the duplicate lines.
    """
    offsets = "/tmp/offsets"  # noqa: S108 a disk of this pod alone
    filelog = {
        "include": [f"{PODS_AT}/{name}_*/*/*.log" for name in args.log_namespaces],
        "start_at": "beginning",
        "include_file_path": True,
        "storage": "file_storage",
        "operators": [{"type": "container"}],
    }
    service = {
        "key": "service.name",
        "from_attribute": "k8s.container.name",
        "action": "insert",
    }
    endpoint = f"http://{LOKI}.{args.observability_namespace}.svc:{PORTS[LOKI]}/otlp"
    return {
        "receivers": {"filelog": filelog},
        "exporters": {"otlphttp": {"endpoint": endpoint}},
        **collector_config(
            {"logs": {"receivers": ["filelog"], "exporters": ["otlphttp"]}},
            {"resource": {"attributes": [service]}},
            {"file_storage": {"directory": offsets, "create_directory": True}},
        ),
    }


def loki_configuration(retention_seconds: float) -> dict[str, Any]:
    """Return the configuration of a single Loki with one disk and a retention."""
    index = {"prefix": "index_", "period": f"{INDEX_HOURS}h"}
    schema = {
        "from": "2025-01-01",
        "store": "tsdb",
        "object_store": "filesystem",
        "schema": "v13",
        "index": index,
    }
    disk = {
        "chunks_directory": f"{DATA_AT}/chunks",
        "rules_directory": f"{DATA_AT}/rules",
    }
    return {
        "auth_enabled": False,
        "server": {"http_listen_port": PORTS[LOKI], "log_level": "warn"},
        "common": {
            "path_prefix": DATA_AT,
            "replication_factor": 1,
            "ring": {"instance_addr": "127.0.0.1", "kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": disk},
        },
        "schema_config": {"configs": [schema]},
        "limits_config": {"retention_period": f"{int(retention_seconds // 3600)}h"},
        "compactor": {
            "working_directory": f"{DATA_AT}/compactor",
            "retention_enabled": True,
            "delete_request_store": "filesystem",
        },
        "analytics": {"reporting_enabled": False},
    }
