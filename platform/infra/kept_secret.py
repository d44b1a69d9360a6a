"""A Kubernetes Secret, filled from the stack's secrets or by a secret store."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from infra.secret_text import Secrets

REFRESH: Final = "1h"
"""How often a store is asked for a value that may change in place."""
READY: Final = {"pulumi.com/waitFor": "condition=Ready"}
"""A value that the store does not have stops the update before any pod misses it."""
DIGITS: Final = 10


@dataclass(frozen=True, kw_only=True)
class SecretSource:
    """Where the values of secret settings come from."""

    store: str | None
    """A ClusterSecretStore; None means the stack's own encrypted settings."""
    values: Mapping[str, pulumi.Output[str]]
    version: str = ""
    """Of the values in the store: only a person knows that they were changed."""


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
    return _asked_for(name, args, args.source.store, opts)


def _asked_for(
    name: str, args: KeptSecretArgs, store: str, opts: pulumi.ResourceOptions
) -> KeptSecret:
    """What is immutable is named after all that it holds, and the version asked for.

    So another version makes another Secret, the pods that mount it roll, and the old
    Secret stays as it was for those that are still there.
    """
    spec = external_secret_of(args, store)
    head = {**args.metadata, "annotations": READY}
    if args.immutable:
        held = json.dumps([spec, args.source.version], sort_keys=True).encode()
        head["name"] = f"{name}-{hashlib.sha256(held).hexdigest()[:DIGITS]}"
    asked = CustomResource(
        name,
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata=cast("ObjectMetaArgsDict", head),
        spec=spec,
        opts=opts,
    )
    made: pulumi.Output[Any] = cast("Any", asked).metadata
    return KeptSecret(made.apply(lambda known: str(known["name"])), asked)


def external_secret_of(args: KeptSecretArgs, store: str) -> dict[str, Any]:
    """Asks the store for each setting by its name and fills the texts there.

    What is immutable is asked for once: a value that changes in the store must not
    reach half of the pods, those that happen to start after it.
    """
    settings = sorted({name for text in args.texts.values() for name in text.settings})
    filled = {key: text.for_the_store() for key, text in args.texts.items()}
    return {
        "refreshPolicy": "CreatedOnce" if args.immutable else "Periodic",
        "refreshInterval": REFRESH,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
        "target": {
            "immutable": args.immutable,
            "template": {"type": args.kind, "data": filled},
        },
        "data": [{"secretKey": name, "remoteRef": {"key": name}} for name in settings],
    }
