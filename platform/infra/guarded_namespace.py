"""The namespace of one installation: restricted pods, closed network."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from infra.front import NAME as FRONT
from infra.network import Network, NetworkArgs
from infra.stack import StackSettings

RESTRICTED: Final = {
    f"pod-security.kubernetes.io/{mode}": "restricted"
    for mode in ("enforce", "audit", "warn")
}


class GuardedNamespace(pulumi.ComponentResource):
    """A namespace in which a pod that is not restricted does not start."""

    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: StackSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:GuardedNamespace", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(
            name,
            metadata={"name": settings.namespace, "labels": RESTRICTED},
            opts=child,
        )
        self.name = namespace.metadata["name"]
        Network(
            name,
            NetworkArgs(
                namespace=self.name,
                gateway_namespace=settings.gateway_namespace,
                gateway_cidr=settings.gateway_cidr,
                observability_namespace=settings.observability_namespace,
                data_namespace=settings.data_namespace,
                front=FRONT,
                api="api",
            ),
            opts=child,
        )
        self.register_outputs({"name": self.name})
