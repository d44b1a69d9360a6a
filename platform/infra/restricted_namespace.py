"""The namespace of the programs: restricted pods, closed network."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from infra.api_proxy import NAME as API_PROXY
from infra.program_network_policies import ProgramNetwork, ProgramNetworkArgs
from infra.stack import StackSettings

RESTRICTED: Final = {
    f"pod-security.kubernetes.io/{mode}": "restricted"
    for mode in ("enforce", "audit", "warn")
}
"""Labels that make the API server refuse a pod below the restricted standard."""


class RestrictedNamespace(pulumi.ComponentResource):
    """Namespace that enforces the restricted pod standard, and its network policies."""

    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: StackSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:RestrictedNamespace", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(
            name,
            metadata={"name": settings.namespace, "labels": RESTRICTED},
            opts=child,
        )
        self.name = namespace.metadata["name"]
        ProgramNetwork(
            name,
            ProgramNetworkArgs(
                namespace=self.name,
                gateway_namespace=settings.gateway_namespace,
                gateway_cidr=settings.gateway_cidr,
                observability_namespace=settings.observability_namespace,
                data_namespace=settings.data_namespace,
                api_proxy=API_PROXY,
                api="api",
            ),
            opts=child,
        )
        self.register_outputs({"name": self.name})


def create_namespace(settings: StackSettings) -> RestrictedNamespace:
    """Create the namespace of the programs."""
    return RestrictedNamespace("holdfast", settings)
