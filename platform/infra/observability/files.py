"""Files of a program: an immutable object under a generated name, and where it is."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from infra.appliance import Mounted, configured, hidden
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import unnamed
from infra.secret_text import Secrets

SETTINGS_AT: Final = "/settings"


def plain_files(
    name: str,
    namespace: pulumi.Input[str],
    files: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    *,
    at: str = SETTINGS_AT,
) -> Mounted:
    """Files that anybody may read. A change makes a new object, and the pod rolls."""
    made = ConfigMap(
        name,
        metadata=unnamed(namespace),
        data=dict(files),
        immutable=True,
        opts=opts,
    )
    volume = at.strip("/").replace("/", "-")
    return Mounted(name=volume, at=at, volume=configured(volume, made.metadata["name"]))


def secret_files(  # noqa: PLR0913 - what a Secret is, and where its files are
    name: str,
    namespace: pulumi.Input[str],
    files: Secrets,
    source: SecretSource,
    opts: pulumi.ResourceOptions,
    *,
    at: str = SETTINGS_AT,
) -> Mounted:
    """Files that only the program's group may read."""
    kept = keep_secret(
        name,
        KeptSecretArgs(
            metadata=unnamed(namespace), texts=files, source=source, immutable=True
        ),
        opts,
    )
    volume = at.strip("/").replace("/", "-")
    return Mounted(name=volume, at=at, volume=hidden(volume, kept.name))


def written(document: Mapping[str, Any]) -> str:
    """The text of a settings file: JSON is YAML and needs no writer of its own."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
