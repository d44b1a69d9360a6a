"""The cache: a single Redis server without persistence."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import Service

from infra.data_pod import (
    config_files,
    disruption_budget,
    pod_template,
    service_account,
)
from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import generated_meta, labels_of, object_meta
from infra.ports import REDIS
from infra.redis_config import PASSWORD, cache_files
from infra.redis_pod import server_of, volumes_of
from infra.secret_text import SecretText

NAME: Final = "cache"


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """The image and the resources."""

    namespace: pulumi.Input[str]
    image: str
    cpu: str
    memory: str
    source: SecretSource


class Cache(pulumi.ComponentResource):
    """Redis without a disk; the database answers what is not cached."""

    def __init__(
        self,
        name: str,
        args: CacheArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Cache", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        configuration = config_files(
            NAME, args.namespace, cache_files(args.memory), child
        )
        password = create_secret(
            NAME,
            SecretArgs(
                metadata=generated_meta(args.namespace),
                texts={PASSWORD: SecretText("{cachePassword}")},
                source=args.source,
                immutable=True,
            ),
            child,
        )
        account = service_account(NAME, args.namespace, child)
        Deployment(
            NAME,
            metadata=object_meta(NAME, args.namespace),
            spec=deployment_of(args, configuration, password.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        Service(
            NAME,
            metadata=object_meta(NAME, args.namespace),
            spec={
                "selector": labels_of(NAME),
                "ports": [{"name": "redis", "port": REDIS, "target_port": "redis"}],
            },
            opts=child,
        )
        disruption_budget(NAME, args.namespace, child)
        self.register_outputs({})


def deployment_of(
    args: CacheArgs, configuration: pulumi.Input[str], password: pulumi.Input[str]
) -> DeploymentSpecArgsDict:
    """Return one replica, never two: their contents would differ."""
    server = server_of(args.image, args.cpu, args.memory)
    return {
        "replicas": 1,
        "selector": {"match_labels": labels_of(NAME)},
        "strategy": {"type": "Recreate"},
        "template": pod_template(
            NAME,
            [server],
            [
                *volumes_of(configuration, password),
                {"name": "data", "empty_dir": {"size_limit": "16Mi"}},
            ],
        ),
    }
