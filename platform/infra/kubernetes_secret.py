"""Create a Secret from the stack's encrypted settings or from a secret store."""

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
"""Interval at which a value that may change in place is read from the store."""
READY: Final = {"pulumi.com/waitFor": "condition=Ready"}
"""A value missing in the store stops the update before any pod needs it."""
DIGITS: Final = 10


@dataclass(frozen=True, kw_only=True)
class SecretSource:
    """The origin of the values of secret settings."""

    store: str | None
    """A ClusterSecretStore; None means the stack's own encrypted settings."""
    values: Mapping[str, pulumi.Output[str]]
    version: str = ""
    """Set by the user after a change in the store, which Pulumi cannot see."""


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """One Secret: its metadata, its type and its contents."""

    metadata: ObjectMetaArgsDict
    texts: Secrets
    source: SecretSource
    kind: str = "Opaque"
    immutable: bool = False


@dataclass(frozen=True)
class CreatedSecret:
    """The name of a Secret, and the resource to depend on."""

    name: pulumi.Output[str]
    made: pulumi.Resource


def create_secret(
    name: str, args: SecretArgs, opts: pulumi.ResourceOptions
) -> CreatedSecret:
    """Create the Secret.

    Without a store Pulumi keeps the values encrypted in its state; with a store they
    never enter the state.
    """
    if args.source.store is None:
        encrypted = pulumi.ResourceOptions(
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
            opts=pulumi.ResourceOptions.merge(opts, encrypted),
        )
        return CreatedSecret(secret.metadata["name"], secret)
    return _create_external_secret(name, args, args.source.store, opts)


def _create_external_secret(
    name: str, args: SecretArgs, store: str, opts: pulumi.ResourceOptions
) -> CreatedSecret:
    """Create an ExternalSecret; an immutable one is named after contents and version.

    Another version then makes another Secret, the pods that mount it roll, and the old
    Secret stays for the old pods.
    """
    spec = external_secret_of(args, store)
    metadata = {**args.metadata, "annotations": READY}
    if args.immutable:
        contents = json.dumps([spec, args.source.version], sort_keys=True).encode()
        metadata["name"] = f"{name}-{hashlib.sha256(contents).hexdigest()[:DIGITS]}"
    external = CustomResource(
        name,
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata=cast("ObjectMetaArgsDict", metadata),
        spec=spec,
        opts=opts,
    )
    created: pulumi.Output[Any] = cast("Any", external).metadata
    return CreatedSecret(created.apply(lambda known: str(known["name"])), external)


def external_secret_of(args: SecretArgs, store: str) -> dict[str, Any]:
    """Return the spec: each setting is read by its name and put into the texts.

    An immutable Secret is read once: a value that changes in the store must not reach
    only those pods that start after the change.
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
