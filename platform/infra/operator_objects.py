"""Adapt objects of operators' manifests: our images, resources and user ids."""

import base64
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

import pulumi

from infra.security import USER

CLUSTER_WIDE: Final = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "Namespace",
        "ValidatingWebhookConfiguration",
    }
)
VALUES: Final = frozenset({"default", "enum", "example"})
"""Keys of a schema whose values are data, where `description` is an ordinary key."""
BOUNDS: Final = {
    "requests": {"cpu": "50m", "memory": "96Mi"},
    "limits": {"cpu": "1", "memory": "512Mi"},
}
"""Resources of one operator container. Some manifests set none, others limit CPU to a
tenth of a core, which delays a failover.
"""


class OperatorObject(pulumi.CustomResource):
    """One object of a manifest, of any kind."""

    def __init__(
        self, name: str, made: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        group = made["apiVersion"]
        group = group if "/" in group else f"core/{group}"
        provider = pulumi.ResourceOptions(version=version("pulumi-kubernetes"))
        super().__init__(
            f"kubernetes:{group}:{made['kind']}",
            name,
            props=made,
            opts=pulumi.ResourceOptions.merge(opts, provider),
        )


def adapt_object(
    made: dict[str, Any], namespace: str, images: Mapping[str, str]
) -> dict[str, Any]:
    """Return the object in its namespace, with our images and resources.

    `images` maps references in the manifest to ours. Every text that is one of them is
    replaced, since operators also get images through environment variables.
    """
    if made["kind"] == "CustomResourceDefinition":
        short: dict[str, Any] = without_descriptions(made)
        return short
    fit: dict[str, Any] = _everywhere(made, lambda text: images.get(text, text))
    if made["kind"] not in CLUSTER_WIDE:
        fit["metadata"].setdefault("namespace", namespace)
    if made["kind"] == "Secret" and "data" in made:
        fit["data"] = {
            key: _encoded(images.get(_decoded(value), _decoded(value)))
            for key, value in made["data"].items()
        }
    if made["kind"] == "Deployment":
        _harden(fit["spec"]["template"]["spec"])
    return fit


def without_descriptions(made: Any) -> Any:  # noqa: ANN401 JSON
    """Return a definition without its descriptions, two fifths of Pulumi's state.

    Pulumi writes the whole state after every step, so they cost an installation minutes
    of CPU time. The API server does not need them for validation.
    """
    if isinstance(made, dict):
        return {
            key: value if key in VALUES else without_descriptions(value)
            for key, value in made.items()
            if key != "description" or not isinstance(value, str)
        }
    return (
        [without_descriptions(item) for item in made]
        if isinstance(made, list)
        else made
    )


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 JSON
    if isinstance(value, dict):
        return {key: _everywhere(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_everywhere(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _harden(pod: dict[str, Any]) -> None:
    """Set resources, pull policy, and a numeric user id, which `runAsNonRoot` needs."""
    pod.setdefault("securityContext", {}).setdefault("runAsUser", USER)
    for container in pod["containers"]:
        container["imagePullPolicy"] = "IfNotPresent"
        container["resources"] = BOUNDS


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
