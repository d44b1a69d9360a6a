"""A Kubernetes Secret, filled from the stack's secrets or by a secret store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from infra.secret_text import Secrets

REFRESH: Final = "1h"
"""How often a secret store is asked whether a value changed."""


@dataclass(frozen=True, kw_only=True)
class SecretSource:
    """Where the values of secret settings come from."""

    store: str | None
    """A ClusterSecretStore; None means the stack's own encrypted settings."""
    values: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True, kw_only=True)
class KeptSecretArgs:
    """One Secret: its head, its kind and what it holds."""

    metadata: ObjectMetaArgsDict
    texts: Secrets
    source: SecretSource
    kind: str = "Opaque"
    immutable: bool = False


@dataclass(frozen=True)
class KeptSecret:
    """A Secret as others refer to it, and the resource to wait for."""

    name: pulumi.Output[str]
    made: pulumi.Resource


def keep_secret(
    name: str, args: KeptSecretArgs, opts: pulumi.ResourceOptions
) -> KeptSecret:
    """Make the Secret.

    Without a store Pulumi keeps the values encrypted in its state; with one they
    never enter it.
    """
    if args.source.store is None:
        hidden = pulumi.ResourceOptions(
            additional_secret_outputs=["data", "string_data"]
        )
        secret = Secret(
            name,
            metadata=args.metadata,
            type=args.kind,
            string_data={
                key: text.filled(args.source.values) for key, text in args.texts.items()
            },
            immutable=args.immutable,
            opts=pulumi.ResourceOptions.merge(opts, hidden),
        )
        return KeptSecret(secret.metadata["name"], secret)
    asked = CustomResource(
        name,
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata=args.metadata,
        spec=external_secret_of(args, args.source.store),
        opts=opts,
    )
    head: pulumi.Output[Any] = cast("Any", asked).metadata
    return KeptSecret(head.apply(lambda known: str(known["name"])), asked)


def external_secret_of(args: KeptSecretArgs, store: str) -> dict[str, Any]:
    """Asks the store for each setting by its name and fills the texts there."""
    settings = sorted({name for text in args.texts.values() for name in text.settings})
    filled = {key: text.for_the_store() for key, text in args.texts.items()}
    return {
        "refreshInterval": REFRESH,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
        "target": {
            "immutable": args.immutable,
            "template": {"type": args.kind, "data": filled},
        },
        "data": [{"secretKey": name, "remoteRef": {"key": name}} for name in settings],
    }
