"""Logs: an agent on each node reads what pods write, and gives it to Loki."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.appliance import Appliance, Binary, Mounted
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs, Disk
from infra.labels import named
from infra.observability.collecting import collector_of, guarded
from infra.observability.files import SETTINGS_AT, plain_files, written
from infra.observability.naming import (
    COLLECTOR_HEALTH,
    LOG_AGENT,
    LOKI,
    PORTS,
)
from infra.observability.paths import agent_policies

DATA_AT: Final = "/data"
PODS_AT: Final = "/var/log/pods"
ROOT_GROUP: Final = 0
"""The group that kubelets give the logs to."""
HOST_PATHS: Final = {
    # Reading the node's files is all that this standard permits and the restricted one
    # does not; in every other way the agents are as restricted as other pods.
    "pod-security.kubernetes.io/enforce": "privileged",
}
INDEX_HOURS: Final = 24


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """Whose lines are read, by namespace, and how long they are kept."""

    namespace: pulumi.Input[str]
    watching_namespace: str
    agents_namespace: str
    read_namespaces: Sequence[str]
    collector: Binary
    loki: Binary
    disk: Disk
    kept_seconds: float


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
        keeping = {"loki.yaml": written(loki_configuration(args.kept_seconds))}
        settings = plain_files(LOKI, args.namespace, keeping, child)
        ApplianceWorkload(
            LOKI,
            ApplianceWorkloadArgs(
                namespace=args.namespace,
                appliance=loki_of(args.loki, settings),
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
        for purpose, spec in agent_policies(args.watching_namespace).items():
            head = named(purpose, home)
            NetworkPolicy(f"agents-{purpose}", metadata=head, spec=spec, opts=child)
        reading = {"collector.yaml": written(agent_configuration(args))}
        pods = Mounted(
            name="pods",
            at=PODS_AT,
            volume={"name": "pods", "host_path": {"path": PODS_AT}},
        )
        agent = collector_of(
            LOG_AGENT,
            args.collector,
            {"health": COLLECTOR_HEALTH},
            plain_files(LOG_AGENT, home, reading, child),
            pods,
            read_groups=(ROOT_GROUP,),
        )
        workload = ApplianceWorkloadArgs(
            namespace=home, appliance=agent, kind="everywhere"
        )
        ApplianceWorkload(LOG_AGENT, workload, child)


def loki_of(binary: Binary, settings: Mounted) -> Appliance:
    """The pod that keeps lines."""
    return Appliance(
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
    """Reads our namespaces' pods and nobody else's; the runtime's own head goes.

    Where an agent was in each file lies beside its pod: a new pod reads the files
    again, and Loki keeps a line that it knows once.
    """
    offsets = "/tmp/offsets"  # noqa: S108 a disk of this pod alone
    reading = {
        "include": [f"{PODS_AT}/{name}_*/*/*.log" for name in args.read_namespaces],
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
    keeper = f"http://{LOKI}.{args.watching_namespace}.svc:{PORTS[LOKI]}/otlp"
    return {
        "receivers": {"filelog": reading},
        "exporters": {"otlphttp": {"endpoint": keeper}},
        **guarded(
            {"logs": {"receivers": ["filelog"], "exporters": ["otlphttp"]}},
            {"resource": {"attributes": [service]}},
            {"file_storage": {"directory": offsets, "create_directory": True}},
        ),
    }


def loki_configuration(kept_seconds: float) -> dict[str, Any]:
    """A single Loki over one disk, which forgets what is older than promised."""
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
        "limits_config": {"retention_period": f"{int(kept_seconds // 3600)}h"},
        "compactor": {
            "working_directory": f"{DATA_AT}/compactor",
            "retention_enabled": True,
            "delete_request_store": "filesystem",
        },
        "analytics": {"reporting_enabled": False},
    }
