"""An appliance in the cluster: its identity, its Service, and what runs its pod."""

from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSet, Deployment, StatefulSet
from pulumi_kubernetes.core.v1 import Service, ServiceAccount

from infra.appliance import Appliance, Mounted, service_of, template_of
from infra.labels import labels_of, named


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A disk that outlives the pod."""

    size: str
    storage_class: str | None
    """None means the cluster's default."""


@dataclass(frozen=True, kw_only=True)
class ApplianceWorkloadArgs:
    """Where it runs, and as which kind; a disk makes it a StatefulSet."""

    namespace: pulumi.Input[str]
    appliance: Appliance
    kind: Literal["one", "everywhere"] = "one"
    disk: Disk | None = None
    disk_at: str = ""


class ApplianceWorkload(pulumi.ComponentResource):
    """One program of others, running; whoever depends on it finds it ready."""

    def __init__(
        self,
        name: str,
        args: ApplianceWorkloadArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:ApplianceWorkload", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = named(name, args.namespace)
        account = ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        Service(name, metadata=metadata, spec=service_of(args.appliance), opts=child)
        self._run(name, args, pulumi.ResourceOptions(parent=self, depends_on=[account]))
        self.register_outputs({})

    def _run(
        self, name: str, args: ApplianceWorkloadArgs, opts: pulumi.ResourceOptions
    ) -> None:
        metadata = named(name, args.namespace)
        selector = {"match_labels": labels_of(name)}
        if args.kind == "everywhere":
            template = template_of(args.appliance)
            DaemonSet(
                name,
                metadata=metadata,
                spec={"selector": selector, "template": template},
                opts=opts,
            )
        elif args.disk is None:
            Deployment(
                name,
                metadata=metadata,
                spec={
                    "replicas": 1,
                    "selector": selector,
                    "template": template_of(args.appliance),
                },
                opts=opts,
            )
        else:
            self._run_with_disk(name, args, args.disk, opts)

    def _run_with_disk(
        self,
        name: str,
        args: ApplianceWorkloadArgs,
        disk: Disk,
        opts: pulumi.ResourceOptions,
    ) -> None:
        data = Mounted(name="data", at=args.disk_at, kept=True)
        StatefulSet(
            name,
            metadata=named(name, args.namespace),
            spec={
                "replicas": 1,
                "service_name": name,
                "selector": {"match_labels": labels_of(name)},
                "template": template_of(args.appliance, data),
                "volume_claim_templates": [
                    {
                        "metadata": {"name": "data"},
                        "spec": {
                            "access_modes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": disk.size}},
                            **(
                                {"storage_class_name": disk.storage_class}
                                if disk.storage_class
                                else {}
                            ),
                        },
                    }
                ],
            },
            opts=opts,
        )
