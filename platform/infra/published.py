"""Objects that others publish, made to fit: our images, bounds, identities."""

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
"""What a schema gives as data, in which `description` is a name like any other."""
BOUNDS: Final = {
    "requests": {"cpu": "50m", "memory": "96Mi"},
    "limits": {"cpu": "1", "memory": "512Mi"},
}
"""Of one container of an operator. Upstream bounds none of some, and throttles others
to a tenth of a core, which delays a failover.
"""


class PublishedObject(pulumi.CustomResource):
    """One object of a manifest, by whatever kind it is."""

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


def fitted(
    made: dict[str, Any], namespace: str, images: Mapping[str, str]
) -> dict[str, Any]:
    """The object in its namespace, with our images and within our bounds.

    `images` are ours by the references in the manifest; every text that is one of
    them is replaced, for operators are told their images by variables too.
    """
    if made["kind"] == "CustomResourceDefinition":
        short: dict[str, Any] = wordless(made)
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


def wordless(made: Any) -> Any:  # noqa: ANN401 JSON
    """A definition without its descriptions: two fifths of all that is in the state.

    Pulumi writes the state anew after every step, so they cost an installation minutes
    of processor time; a cluster validates by the rest.
    """
    if isinstance(made, dict):
        return {
            key: value if key in VALUES else wordless(value)
            for key, value in made.items()
            if key != "description" or not isinstance(value, str)
        }
    return [wordless(item) for item in made] if isinstance(made, list) else made


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 JSON
    if isinstance(value, dict):
        return {key: _everywhere(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_everywhere(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _harden(pod: dict[str, Any]) -> None:
    """Bounded, asked for by version, and as a number: a name proves no user."""
    pod.setdefault("securityContext", {}).setdefault("runAsUser", USER)
    for container in pod["containers"]:
        container["imagePullPolicy"] = "IfNotPresent"
        container["resources"] = BOUNDS


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
