"""Prometheus with its configuration, rules, disk and rights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict, Role, RoleBinding

from infra.disks import Disk
from infra.labels import object_meta
from infra.observability.files import SETTINGS_AT, plain_files
from infra.observability.names import PORTS, PROMETHEUS
from infra.observability.scraping import RULES_AT
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

DATA_AT: Final = "/prometheus"
RETENTION_SHARE: Final = 0.8
"""Share of the disk for blocks; the rest is for the WAL and compaction."""
POD_READER: Final[PolicyRuleArgsDict] = {
    "api_groups": [""],
    "resources": ["pods"],
    "verbs": ["get", "list", "watch"],
}
"""The rights that pod discovery needs, in each scraped namespace."""


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """The scrape configuration, the rules and the retention."""

    namespace: pulumi.Input[str]
    scraped_namespaces: Mapping[str, pulumi.Input[str]]
    """Namespaces of pod discovery by purpose."""
    binary: Binary
    configuration: str
    rules: Mapping[str, str]
    retention: str
    disk: Disk
    memory: str


class Prometheus(pulumi.ComponentResource):
    """A single Prometheus with a disk, and a Role in each scraped namespace.

    A changed configuration or rule restarts it: it is down for seconds, then continues
    from its disk.
    """

    def __init__(
        self,
        name: str,
        args: PrometheusArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Prometheus", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rights = [
            self._allow_pod_discovery(purpose, namespace, args.namespace)
            for purpose, namespace in args.scraped_namespaces.items()
        ]
        files = {"prometheus.yml": args.configuration}
        mounts = (
            plain_files(f"{PROMETHEUS}-settings", args.namespace, files, child),
            plain_files(
                f"{PROMETHEUS}-rules", args.namespace, args.rules, child, at=RULES_AT
            ),
        )
        ThirdPartyWorkload(
            PROMETHEUS,
            ThirdPartyWorkloadArgs(
                namespace=args.namespace,
                program=program_of(args, mounts),
                disk=args.disk,
                disk_at=DATA_AT,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=rights),
        )
        self.register_outputs({})

    def _allow_pod_discovery(
        self, purpose: str, namespace: pulumi.Input[str], home: pulumi.Input[str]
    ) -> pulumi.Resource:
        """Permit Prometheus to list the pods of one namespace."""
        child = pulumi.ResourceOptions(parent=self)
        metadata = object_meta("prometheus-pod-reader", namespace)
        name = f"pod-reader-{purpose}"
        role = Role(name, metadata=metadata, rules=[POD_READER], opts=child)
        return RoleBinding(
            name,
            metadata=metadata,
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": role.metadata["name"],
            },
            subjects=[
                {"kind": "ServiceAccount", "name": PROMETHEUS, "namespace": home}
            ],
            opts=child,
        )


def program_of(args: PrometheusArgs, mounts: Sequence[Mount]) -> ThirdPartyProgram:
    """Return the program; it deletes data by age, or by size before the disk fills."""
    return ThirdPartyProgram(
        name=PROMETHEUS,
        binary=args.binary,
        arguments=(
            f"--config.file={SETTINGS_AT}/prometheus.yml",
            f"--storage.tsdb.path={DATA_AT}",
            f"--storage.tsdb.retention.time={args.retention}",
            f"--storage.tsdb.retention.size={retention_bytes(args.disk.size)}B",
            f"--web.listen-address=:{PORTS[PROMETHEUS]}",
            "--enable-feature=exemplar-storage",
            "--log.level=warn",
        ),
        ports={"http": PORTS[PROMETHEUS]},
        health="/-/ready",
        cpu="100m",
        memory=args.memory,
        mounts=mounts,
        account=PROMETHEUS,
        mounts_api_token=True,
    )


def retention_bytes(size: str) -> int:
    """Return the share of a disk such as `10Gi` that blocks may fill."""
    units = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
    return int(int(size[:-2]) * units[size[-2:]] * RETENTION_SHARE)
