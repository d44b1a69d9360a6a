"""An HTTP program that loses an instance without losing its service."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.autoscaling.v2 import (
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpecArgsDict,
)
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

from infra.labels import labels_of, named
from infra.pod import LEAVE_SECONDS, Program, container_of, pod_of
from infra.ports import HTTP
from infra.probes import alive, ready, started


@dataclass(frozen=True, kw_only=True)
class WebServiceArgs:
    """The program and the bounds between which its copies are scaled."""

    namespace: pulumi.Input[str]
    program: Program
    minimum: int
    maximum: int
    cpu_percent: int
    """Of the requested CPU; above it, the autoscaler adds an instance."""


class WebService(pulumi.ComponentResource):
    """Deployment, Service, disruption budget, autoscaler and identity of a program."""

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
        Deployment(
            name,
            metadata=metadata,
            spec=deployment_of(args.program, account=name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        service = Service(name, metadata=metadata, spec=service_of(name), opts=child)
        PodDisruptionBudget(name, metadata=metadata, spec=budget_of(name), opts=child)
        HorizontalPodAutoscaler(
            name, metadata=metadata, spec=scaling_of(name, args), opts=child
        )
        self.host = service.metadata["name"]
        self.register_outputs({"host": self.host})


def deployment_of(program: Program, *, account: str) -> DeploymentSpecArgsDict:
    """No number of copies: the autoscaler owns it, and an update must not reset it."""
    return {
        "selector": {"match_labels": labels_of(program.name)},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_surge": 1, "max_unavailable": 0},
        },
        "template": pod_of(program, account, web_container_of(program)),
    }


def web_container_of(program: Program) -> ContainerArgsDict:
    """The container with its door: requests, probes and an unhurried exit."""
    container = container_of(program, {"name": "http", "container_port": HTTP})
    container["startup_probe"] = started("/health/live", "http")
    container["liveness_probe"] = alive("/health/live", "http")
    container["readiness_probe"] = ready("/health/ready", "http")
    container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": LEAVE_SECONDS}}}
    return container


def service_of(name: str) -> ServiceSpecArgsDict:
    """Only inside the cluster; the gateway is the way in."""
    return {
        "type": "ClusterIP",
        "selector": labels_of(name),
        "ports": [{"name": "http", "port": 80, "target_port": "http"}],
    }


def budget_of(name: str) -> PodDisruptionBudgetSpecArgsDict:
    """A drained node takes one instance at a time."""
    return {"max_unavailable": 1, "selector": {"match_labels": labels_of(name)}}


def scaling_of(name: str, args: WebServiceArgs) -> HorizontalPodAutoscalerSpecArgsDict:
    """By CPU, between the bounds."""
    return {
        "scale_target_ref": {
            "api_version": "apps/v1",
            "kind": "Deployment",
            "name": name,
        },
        "min_replicas": args.minimum,
        "max_replicas": args.maximum,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {
                        "type": "Utilization",
                        "average_utilization": args.cpu_percent,
                    },
                },
            }
        ],
    }
