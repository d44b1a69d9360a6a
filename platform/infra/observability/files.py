"""Configuration files as immutable objects with generated names, and their mounts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import generated_meta
from infra.secret_text import Secrets
from infra.third_party_pod import Mount, config_map_volume, secret_volume

SETTINGS_AT: Final = "/settings"
RENDERED: Final = Path(__file__).parents[3] / "dashboards" / "rendered"
MOST_BYTES: Final = 2**20 - 2**14
"""Capacity of a ConfigMap, less its metadata."""


class InvalidRenderedFile(pulumi.RunError):
    """A rendered file is missing or too large; one line that names it."""


def plain_files(
    name: str,
    namespace: pulumi.Input[str],
    files: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    *,
    at: str = SETTINGS_AT,
) -> Mount:
    """Create a ConfigMap and return its mount; a change rolls the pods that use it."""
    made = ConfigMap(
        name,
        metadata=generated_meta(namespace),
        data=dict(files),
        immutable=True,
        opts=opts,
    )
    volume = at.strip("/").replace("/", "-")
    return Mount(
        name=volume, at=at, volume=config_map_volume(volume, made.metadata["name"])
    )


def secret_files(  # noqa: PLR0913 - what a Secret is, and where its files are
    name: str,
    namespace: pulumi.Input[str],
    files: Secrets,
    source: SecretSource,
    opts: pulumi.ResourceOptions,
    *,
    at: str = SETTINGS_AT,
) -> Mount:
    """Create a Secret and return its mount, readable by the program's group only."""
    secret = create_secret(
        name,
        SecretArgs(
            metadata=generated_meta(namespace),
            texts=files,
            source=source,
            immutable=True,
        ),
        opts,
    )
    volume = at.strip("/").replace("/", "-")
    return Mount(name=volume, at=at, volume=secret_volume(volume, secret.name))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a settings file as JSON, which is valid YAML."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()


def rendered_files(pattern: str) -> dict[str, str]:
    """Return the committed rules, routes or dashboards by name, byte for byte."""
    found = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(RENDERED.glob(pattern))
    }
    if not found:
        raise InvalidRenderedFile(f"dashboards/rendered has no {pattern}")
    for name, text in found.items():
        if len(text.encode()) > MOST_BYTES:
            raise InvalidRenderedFile(
                f"dashboards/rendered/{name} is over {MOST_BYTES} B"
            )
    return found
