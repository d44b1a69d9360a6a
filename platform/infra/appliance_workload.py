"""An appliance in the cluster: its identity, its Service, and what runs its pod."""

from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_kubernetes.apps.v1 import (
    DaemonSet,
    DaemonSetSpecArgsDict,
    Deployment,
    DeploymentSpecArgsDict,
    StatefulSet,
    StatefulSetSpecArgsDict,
)
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaimArgsDict,
    PersistentVolumeClaimSpecArgsDict,
    Service,
    ServiceAccount,
    VolumeResourceRequirementsArgsDict,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgsDict, ObjectMetaArgsDict

from infra.appliance import Appliance, Mounted, service_of, template_of
from infra.labels import labels_of, named

DISK: Final = "data"


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
        if args.kind == "everywhere":
            DaemonSet(name, metadata=metadata, spec=daemon_set_of(args), opts=opts)
        elif args.disk is None:
            Deployment(name, metadata=metadata, spec=deployment_of(args), opts=opts)
        else:
            spec = stateful_set_of(args, args.disk)
            StatefulSet(name, metadata=metadata, spec=spec, opts=opts)


def daemon_set_of(args: ApplianceWorkloadArgs) -> DaemonSetSpecArgsDict:
    """One on each node."""
    return {
        "selector": _selector(args.appliance),
        "template": template_of(args.appliance),
    }


def deployment_of(args: ApplianceWorkloadArgs) -> DeploymentSpecArgsDict:
    """One, on whatever node."""
    return {
        "replicas": 1,
        "selector": _selector(args.appliance),
        "template": template_of(args.appliance),
    }


def stateful_set_of(args: ApplianceWorkloadArgs, disk: Disk) -> StatefulSetSpecArgsDict:
    """One, and always with the same disk."""
    data = Mounted(name=DISK, at=args.disk_at, kept=True)
    return {
        "replicas": 1,
        "service_name": args.appliance.name,
        "selector": _selector(args.appliance),
        "template": template_of(args.appliance, data),
        "volume_claim_templates": [claim_of(disk)],
    }


def claim_of(disk: Disk) -> PersistentVolumeClaimArgsDict:
    """What is asked of the storage class."""
    asked: VolumeResourceRequirementsArgsDict = {"requests": {"storage": disk.size}}
    spec: PersistentVolumeClaimSpecArgsDict = {
        "access_modes": ["ReadWriteOnce"],
        "resources": asked,
    }
    if disk.storage_class is not None:
        spec["storage_class_name"] = disk.storage_class
    head: ObjectMetaArgsDict = {"name": DISK}
    return {"metadata": head, "spec": spec}


def _selector(appliance: Appliance) -> LabelSelectorArgsDict:
    return {"match_labels": labels_of(appliance.name)}
