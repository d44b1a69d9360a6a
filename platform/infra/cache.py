"""The cache's Redis: one server that may lose everything at any time."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import Service

from infra.data_pod import files, identity, one_at_a_time, pod_template
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import labels_of, named, unnamed
from infra.ports import REDIS
from infra.redis_files import PASSWORD, cache_files
from infra.redis_pod import server_of, volumes_of
from infra.secret_text import SecretText

NAME: Final = "cache"


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """The image and what it may use."""

    namespace: pulumi.Input[str]
    image: str
    cpu: str
    memory: str
    source: SecretSource


class Cache(pulumi.ComponentResource):
    """Nothing is kept on disk; what is not in it is asked of the database."""

    def __init__(
        self,
        name: str,
        args: CacheArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Cache", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        configuration = files(NAME, args.namespace, cache_files(args.memory), child)
        password = keep_secret(
            NAME,
            KeptSecretArgs(
                metadata=unnamed(args.namespace),
                texts={PASSWORD: SecretText("{cachePassword}")},
                source=args.source,
                immutable=True,
            ),
            child,
        )
        account = identity(NAME, args.namespace, child)
        Deployment(
            NAME,
            metadata=named(NAME, args.namespace),
            spec=deployment_of(args, configuration, password.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        Service(
            NAME,
            metadata=named(NAME, args.namespace),
            spec={
                "selector": labels_of(NAME),
                "ports": [{"name": "redis", "port": REDIS, "target_port": "redis"}],
            },
            opts=child,
        )
        one_at_a_time(NAME, args.namespace, child)
        self.register_outputs({})


def deployment_of(
    args: CacheArgs, configuration: pulumi.Input[str], password: pulumi.Input[str]
) -> DeploymentSpecArgsDict:
    """One copy, never two: two would answer differently."""
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
