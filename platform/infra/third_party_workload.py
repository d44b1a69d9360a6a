"""Run a third-party program: its service account, its Service and its workload."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import (
    DaemonSet,
    DaemonSetSpecArgsDict,
    Deployment,
    DeploymentSpecArgsDict,
    StatefulSet,
    StatefulSetSpecArgsDict,
)
from pulumi_kubernetes.core.v1 import Service, ServiceAccount
from pulumi_kubernetes.meta.v1 import LabelSelectorArgsDict

from infra.disks import Disk, claim_of
from infra.labels import labels_of, object_meta
from infra.third_party_pod import Mount, ThirdPartyProgram, service_of, template_of

DISK: Final = "data"


@dataclass(frozen=True, kw_only=True)
class ThirdPartyWorkloadArgs:
    """The program and its kind: a Deployment, or the kind that a field asks for."""

    namespace: pulumi.Input[str]
    program: ThirdPartyProgram
    every_node: bool = False
    """Makes it a DaemonSet."""
    disk: Disk | None = None
    """Makes it a StatefulSet, with the disk mounted at `disk_at`."""
    disk_at: str = ""


class ThirdPartyWorkload(pulumi.ComponentResource):
    """One third-party program; a dependant starts once it is ready."""

    def __init__(
        self,
        name: str,
        args: ThirdPartyWorkloadArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:ThirdPartyWorkload", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = object_meta(name, args.namespace)
        account = ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        Service(name, metadata=metadata, spec=service_of(args.program), opts=child)
        self._run(name, args, pulumi.ResourceOptions(parent=self, depends_on=[account]))
        self.register_outputs({})

    def _run(
        self, name: str, args: ThirdPartyWorkloadArgs, opts: pulumi.ResourceOptions
    ) -> None:
        metadata = object_meta(name, args.namespace)
        if args.every_node:
            DaemonSet(name, metadata=metadata, spec=daemon_set_of(args), opts=opts)
        elif args.disk is None:
            Deployment(name, metadata=metadata, spec=deployment_of(args), opts=opts)
        else:
            spec = stateful_set_of(args, args.disk)
            StatefulSet(name, metadata=metadata, spec=spec, opts=opts)


def daemon_set_of(args: ThirdPartyWorkloadArgs) -> DaemonSetSpecArgsDict:
    """Return one pod for each node."""
    return {
        "selector": _selector(args.program),
        "template": template_of(args.program),
    }


def deployment_of(args: ThirdPartyWorkloadArgs) -> DeploymentSpecArgsDict:
    """Return one pod without a disk."""
    return {
        "replicas": 1,
        "selector": _selector(args.program),
        "template": template_of(args.program),
    }


def stateful_set_of(
    args: ThirdPartyWorkloadArgs, disk: Disk
) -> StatefulSetSpecArgsDict:
    """Return one pod that always gets the same disk."""
    data = Mount(name=DISK, at=args.disk_at, writable=True)
    return {
        "replicas": 1,
        "service_name": args.program.name,
        "selector": _selector(args.program),
        "template": template_of(args.program, data),
        "volume_claim_templates": [claim_of(DISK, disk)],
    }


def _selector(program: ThirdPartyProgram) -> LabelSelectorArgsDict:
    return {"match_labels": labels_of(program.name)}
