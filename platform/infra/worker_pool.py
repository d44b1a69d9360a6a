"""Programs without an HTTP port: workers, relay, scheduler."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, ServiceAccount
from pulumi_kubernetes.policy.v1 import (
    PodDisruptionBudget,
    PodDisruptionBudgetSpecArgsDict,
)

from infra.labels import labels_of, object_meta
from infra.pod import Program, container_of, pod_of
from infra.probes import liveness_probe, startup_probe
from infra.queue_scaling import API_VERSION, QueueBounds, scaled_object_of


@dataclass(frozen=True, kw_only=True)
class WorkerPoolArgs:
    """The program and its replicas."""

    namespace: pulumi.Input[str]
    program: Program
    replicas: int
    """A fixed number, or the minimum if the queue scales it."""
    before: list[pulumi.Resource]
    """Must exist before a pod runs."""
    queue: QueueBounds | None = None
    prometheus: str | None = None
    """Source of the queue's metrics; without it, `replicas` is fixed."""

    @property
    def scaled(self) -> tuple[QueueBounds, str] | None:
        """Return the bounds and the address of Prometheus, if the pool is scaled."""
        if self.queue is None or self.prometheus is None:
            return None
        return self.queue, self.prometheus


class WorkerPool(pulumi.ComponentResource):
    """Equal replicas that take work themselves; any of them may fail."""

    def __init__(
        self,
        name: str,
        args: WorkerPoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:WorkerPool", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = object_meta(name, args.namespace)
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
    """Return the Deployment's spec; a release replaces a quarter of the pods at a time.

    A scaled pool has no `replicas` here: an update must not reset the autoscaler's.
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
    """Return the container; its metrics page is its health, it needs no readiness."""
    container = container_of(program)
    container["startup_probe"] = startup_probe("/metrics", "metrics")
    container["liveness_probe"] = liveness_probe("/metrics", "metrics")
    return container


def budget_of(name: str) -> PodDisruptionBudgetSpecArgsDict:
    """Return a budget: a drain evicts a quarter of the pods at a time."""
    return {"max_unavailable": "25%", "selector": {"match_labels": labels_of(name)}}
