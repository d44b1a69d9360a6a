"""Programs without a door: workers, the relay, the scheduler."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, ServiceAccount
from pulumi_kubernetes.policy.v1 import (
    PodDisruptionBudget,
    PodDisruptionBudgetSpecArgsDict,
)

from infra.labels import labels_of, named
from infra.pod import Program, container_of, pod_of
from infra.probes import alive, started
from infra.queue_scaling import API_VERSION, QueueBounds, scaled_object_of


@dataclass(frozen=True, kw_only=True)
class WorkerPoolArgs:
    """The program and how many copies of it run."""

    namespace: pulumi.Input[str]
    program: Program
    replicas: int
    """As many, or at least as many where the queue decides."""
    before: list[pulumi.Resource]
    """What must be there before a copy runs."""
    queue: QueueBounds | None = None
    prometheus: str | None = None
    """Where the queue is looked at; without it, there are always `replicas`."""

    @property
    def scaled(self) -> tuple[QueueBounds, str] | None:
        """By what and through whom the copies are scaled, if they are."""
        if self.queue is None or self.prometheus is None:
            return None
        return self.queue, self.prometheus


class WorkerPool(pulumi.ComponentResource):
    """Equal copies that take work for themselves; any of them may vanish."""

    def __init__(
        self,
        name: str,
        args: WorkerPoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:WorkerPool", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = named(name, args.namespace)
        account = ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        deployment = Deployment(
            name,
            metadata=metadata,
            spec=deployment_of(args, account=name),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[account, *args.before]
            ),
        )
        PodDisruptionBudget(name, metadata=metadata, spec=budget_of(name), opts=child)
        if args.scaled is not None:
            CustomResource(
                name,
                api_version=API_VERSION,
                kind="ScaledObject",
                metadata=metadata,
                spec=scaled_object_of(name, *args.scaled),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment]),
            )
        self.register_outputs({})


def deployment_of(args: WorkerPoolArgs, *, account: str) -> DeploymentSpecArgsDict:
    """A release replaces a quarter of the copies at a time.

    Copies that are scaled are not counted here: an update must not reset them.
    """
    spec: DeploymentSpecArgsDict = {
        "selector": {"match_labels": labels_of(args.program.name)},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_surge": 1, "max_unavailable": "25%"},
        },
        "template": pod_of(args.program, account, worker_container_of(args.program)),
    }
    if args.scaled is None:
        spec["replicas"] = args.replicas
    return spec


def worker_container_of(program: Program) -> ContainerArgsDict:
    """Alive while it serves its figures; it has no requests to be ready for."""
    container = container_of(program)
    container["startup_probe"] = started("/metrics", "metrics")
    container["liveness_probe"] = alive("/metrics", "metrics")
    return container


def budget_of(name: str) -> PodDisruptionBudgetSpecArgsDict:
    """A drained node takes a quarter of the copies at a time."""
    return {"max_unavailable": "25%", "selector": {"match_labels": labels_of(name)}}
