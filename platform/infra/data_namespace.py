"""The namespace of what is kept: restricted pods, closed network."""

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.data_paths import DataPaths, policies_of
from infra.guarded_namespace import RESTRICTED
from infra.labels import named


class DataNamespace(pulumi.ComponentResource):
    """Nothing talks to anything in it, except what `data_paths` permits."""

    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        paths: DataPaths,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:DataNamespace", name, {}, opts)
        namespace = Namespace(
            name,
            metadata={"name": name, "labels": RESTRICTED},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = namespace.metadata["name"]
        for purpose, spec in policies_of(paths).items():
            NetworkPolicy(
                f"data-{purpose}",
                metadata=named(purpose, self.name),
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"name": self.name})
