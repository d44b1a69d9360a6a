"""The API: Rollout, Service, autoscaler, disruption budget and canary analysis."""

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

from infra.canary_analysis import analysis_of
from infra.labels import labels_of, object_meta
from infra.pod import PRE_STOP_SECONDS, Program, container_of, pod_of
from infra.ports import HTTP
from infra.probes import liveness_probe, readiness_probe, startup_probe
from infra.release import Release
from infra.rollout import API_VERSION, AWAITED, ROLLOUT_REVISION, rollout_of
from infra.scaling import Bounds, scaling_of


@dataclass(frozen=True, kw_only=True)
class WebServiceArgs:
    """The program, its release and its autoscaling."""

    namespace: pulumi.Input[str]
    program: Program
    bounds: Bounds
    release: Release
    prometheus: str | None
    """Used by the canary analysis; without it, each step only lasts its hold."""
    before: list[pulumi.Resource]
    """Must exist before a pod runs."""


class WebService(pulumi.ComponentResource):
    """An HTTP program of our image, released by canaries."""

    host: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: WebServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:WebService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = object_meta(name, args.namespace)
        account = ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        self._rollout(name, args, needs=[account, *self._analysis(name, args)])
        service = Service(
            name, metadata=metadata, spec=headless_service_of(name), opts=child
        )
        PodDisruptionBudget(name, metadata=metadata, spec=budget_of(name), opts=child)
        HorizontalPodAutoscaler(
            name, metadata=metadata, spec=scaling_of(name, args.bounds), opts=child
        )
        self.host = service.metadata["name"]
        self.register_outputs({"host": self.host})

    def _analysis(self, name: str, args: WebServiceArgs) -> list[pulumi.Resource]:
        if args.prometheus is None:
            return []
        template = CustomResource(
            name,
            api_version=API_VERSION,
            kind="AnalysisTemplate",
            metadata=object_meta(name, args.namespace),
            spec=analysis_of(args.release, args.prometheus),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.before),
        )
        return [template]

    def _rollout(
        self, name: str, args: WebServiceArgs, needs: list[pulumi.Resource]
    ) -> None:
        template = pod_of(
            args.program,
            name,
            web_container_of(args.program),
            revision_label=ROLLOUT_REVISION,
        )
        CustomResource(
            name,
            api_version=API_VERSION,
            kind="Rollout",
            metadata={**object_meta(name, args.namespace), "annotations": AWAITED},
            spec=rollout_of(
                name, template, args.release, name if args.prometheus else None
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*needs, *args.before]),
        )


def web_container_of(program: Program) -> ContainerArgsDict:
    """Return the container with the HTTP port, probes, and a sleep before SIGTERM."""
    container = container_of(program, {"name": "http", "container_port": HTTP})
    container["startup_probe"] = startup_probe("/health/live", "http")
    container["liveness_probe"] = liveness_probe("/health/live", "http")
    container["readiness_probe"] = readiness_probe("/health/ready", "http")
    container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": PRE_STOP_SECONDS}}}
    return container


def headless_service_of(name: str) -> ServiceSpecArgsDict:
    """Return a headless Service: resolves to every ready pod; the client balances."""
    return {
        "cluster_ip": "None",
        "selector": labels_of(name),
        "ports": [{"name": "http", "port": HTTP, "target_port": "http"}],
    }


def budget_of(name: str) -> PodDisruptionBudgetSpecArgsDict:
    """Return a budget: a drain evicts one pod at a time."""
    return {"max_unavailable": 1, "selector": {"match_labels": labels_of(name)}}
