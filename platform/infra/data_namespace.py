"""The data namespace: restricted pods, closed network."""

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.data_network_policies import DataNetworkArgs, policies_of
from infra.labels import object_meta
from infra.restricted_namespace import RESTRICTED


class DataNamespace(pulumi.ComponentResource):
    """The namespace and the network policies of `data_network_policies`."""

    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        network: DataNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:DataNamespace", name, {}, opts)
        namespace = Namespace(
            name,
            metadata={"name": name, "labels": RESTRICTED},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = namespace.metadata["name"]
        for policy, spec in policies_of(network).items():
            NetworkPolicy(
                f"data-{policy}",
                metadata=object_meta(policy, self.name),
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"name": self.name})
