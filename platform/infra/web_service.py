"""An HTTP program that loses an instance without losing its service."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.autoscaling.v2 import HorizontalPodAutoscaler
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    Service,
    ServiceAccount,
    ServiceSpecArgsDict,
)
from pulumi_kubernetes.policy.v1 import (
    PodDisruptionBudget,
    PodDisruptionBudgetSpecArgsDict,
)

from infra.judging import analysis_of
from infra.labels import labels_of, named
from infra.pod import LEAVE_SECONDS, Program, container_of, pod_of
from infra.ports import HTTP
from infra.probes import alive, ready, started
from infra.release import Release
from infra.rollout import API_VERSION, AWAITED, REVISION_LABEL, rollout_of
from infra.scaling import Bounds, scaling_of


@dataclass(frozen=True, kw_only=True)
class WebServiceArgs:
    """The program, how it is released and between which bounds it is scaled."""

    namespace: pulumi.Input[str]
    program: Program
    bounds: Bounds
    release: Release
    prometheus: str | None
    """Where a release is judged; without it, each step only lasts its time."""
    before: list[pulumi.Resource]
    """What must be there before an instance runs."""


class WebService(pulumi.ComponentResource):
    """Rollout, name, disruption budget, autoscaler and identity of a program."""

    host: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: WebServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:WebService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = named(name, args.namespace)
        account = ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        self._roll(name, args, needs=[account, *self._judge(name, args)])
        service = Service(name, metadata=metadata, spec=members_of(name), opts=child)
        PodDisruptionBudget(name, metadata=metadata, spec=budget_of(name), opts=child)
        HorizontalPodAutoscaler(
            name, metadata=metadata, spec=scaling_of(name, args.bounds), opts=child
        )
        self.host = service.metadata["name"]
        self.register_outputs({"host": self.host})

    def _judge(self, name: str, args: WebServiceArgs) -> list[pulumi.Resource]:
        if args.prometheus is None:
            return []
        template = CustomResource(
            name,
            api_version=API_VERSION,
            kind="AnalysisTemplate",
            metadata=named(name, args.namespace),
            spec=analysis_of(args.release, args.prometheus),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.before),
        )
        return [template]

    def _roll(
        self, name: str, args: WebServiceArgs, needs: list[pulumi.Resource]
    ) -> None:
        template = pod_of(
            args.program,
            name,
            web_container_of(args.program),
            revision_label=REVISION_LABEL,
        )
        CustomResource(
            name,
            api_version=API_VERSION,
            kind="Rollout",
            metadata={**named(name, args.namespace), "annotations": AWAITED},
            spec=rollout_of(
                name, template, args.release, name if args.prometheus else None
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*needs, *args.before]),
        )


def web_container_of(program: Program) -> ContainerArgsDict:
    """The container with its door: requests, probes and an unhurried exit."""
    container = container_of(program, {"name": "http", "container_port": HTTP})
    container["startup_probe"] = started("/health/live", "http")
    container["liveness_probe"] = alive("/health/live", "http")
    container["readiness_probe"] = ready("/health/ready", "http")
    container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": LEAVE_SECONDS}}}
    return container


def members_of(name: str) -> ServiceSpecArgsDict:
    """A name for the addresses of all that are ready; who asks chooses."""
    return {
        "cluster_ip": "None",
        "selector": labels_of(name),
        "ports": [{"name": "http", "port": HTTP, "target_port": "http"}],
    }


def budget_of(name: str) -> PodDisruptionBudgetSpecArgsDict:
    """A drained node takes one instance at a time."""
    return {"max_unavailable": 1, "selector": {"match_labels": labels_of(name)}}
