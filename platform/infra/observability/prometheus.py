"""Prometheus: what is scraped, kept and ruled on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict, Role, RoleBinding

from infra.appliance import Appliance, Binary, Mounted
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs, Disk
from infra.labels import named
from infra.observability.files import SETTINGS_AT, plain_files
from infra.observability.naming import PORTS, PROMETHEUS
from infra.observability.scraping import RULES_AT

DATA_AT: Final = "/prometheus"
KEPT_SHARE: Final = 0.8
"""Of the disk; the rest is for what is being written and compacted."""
POD_READER: Final[PolicyRuleArgsDict] = {
    "api_groups": [""],
    "resources": ["pods"],
    "verbs": ["get", "list", "watch"],
}
"""All that looking for pods needs, namespace by namespace."""


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """What it scrapes and for how long it remembers."""

    namespace: pulumi.Input[str]
    looks_into: Mapping[str, pulumi.Input[str]]
    """Namespaces in which it looks for pods, by what they are for."""
    binary: Binary
    configuration: str
    rules: Mapping[str, str]
    retention: str
    disk: Disk
    memory: str


class Prometheus(pulumi.ComponentResource):
    """One Prometheus with a disk, rules, and the right to see pods where it scrapes.

    A changed configuration or rule restarts it: it is away for seconds, and reads on
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
        seeing = [
            self._let_see(purpose, namespace, args.namespace)
            for purpose, namespace in args.looks_into.items()
        ]
        files = {"prometheus.yml": args.configuration}
        mounts = (
            plain_files(f"{PROMETHEUS}-settings", args.namespace, files, child),
            plain_files(
                f"{PROMETHEUS}-rules", args.namespace, args.rules, child, at=RULES_AT
            ),
        )
        ApplianceWorkload(
            PROMETHEUS,
            ApplianceWorkloadArgs(
                namespace=args.namespace,
                appliance=appliance_of(args, mounts),
                disk=args.disk,
                disk_at=DATA_AT,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=seeing),
        )
        self.register_outputs({})

    def _let_see(
        self, purpose: str, namespace: pulumi.Input[str], home: pulumi.Input[str]
    ) -> pulumi.Resource:
        """Prometheus may list the pods of this one namespace."""
        child = pulumi.ResourceOptions(parent=self)
        head = named("pods-are-seen", namespace)
        role = Role(f"see-{purpose}", metadata=head, rules=[POD_READER], opts=child)
        return RoleBinding(
            f"see-{purpose}",
            metadata=head,
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


def appliance_of(args: PrometheusArgs, mounts: Sequence[Mounted]) -> Appliance:
    """The pod; what it keeps ends by age, or by size before the disk is full."""
    return Appliance(
        name=PROMETHEUS,
        binary=args.binary,
        arguments=(
            f"--config.file={SETTINGS_AT}/prometheus.yml",
            f"--storage.tsdb.path={DATA_AT}",
            f"--storage.tsdb.retention.time={args.retention}",
            f"--storage.tsdb.retention.size={kept_bytes(args.disk.size)}B",
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
        asks_the_cluster=True,
    )


def kept_bytes(size: str) -> int:
    """The share of a disk such as `10Gi` that blocks may fill."""
    units = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
    return int(int(size[:-2]) * units[size[-2:]] * KEPT_SHARE)
