"""Validate objects as a strict API server would: by schema, no unknown fields.

Kinds of Kubernetes are checked by its own schemas, kinds of operators by the schemas in
their pinned definitions. CEL rules are not checked: only a server evaluates them.
"""

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # no stubs
from infra.manifests import objects_of

from tests.infra.manifests import shelved

KUBERNETES = "1.36"
OPEN = {"type": "object"}
INT_OR_STRING = {"type": ["integer", "string"]}
KEPT = (
    "enum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "required",
    "type",
)


def faults_of(made: dict[str, Any]) -> list[str]:
    """Return the faults for which a server would refuse the object."""
    kind = (made["apiVersion"], made["kind"])
    schema = definitions().get(kind)
    if schema is not None:
        found = jsonschema.Draft202012Validator(schema).iter_errors(made)
        return [f"{'.'.join(map(str, e.path))}: {e.message}" for e in found]
    try:
        kubernetes_validate.validate(made, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{'.'.join(map(str, error.path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"nobody defines {kind}"]
    return []


@functools.cache
def definitions() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the schema of every kind that a pinned manifest defines."""
    return dict(_defined())


def _defined() -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for manifest in shelved().manifests.values():
        for made in objects_of(manifest):
            if made["kind"] != "CustomResourceDefinition":
                continue
            spec = made["spec"]
            for version in spec["versions"]:
                schema = translated(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = OPEN
                kind = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                yield kind, schema


def translated(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a structural schema as JSON Schema that refuses unknown fields."""
    if schema.get("x-kubernetes-int-or-string"):
        return dict(INT_OR_STRING)
    made: dict[str, Any] = {key: schema[key] for key in KEPT if key in schema}
    if "items" in schema:
        made["items"] = translated(schema["items"])
    if "properties" in schema:
        made["properties"] = {
            name: translated(field) for name, field in schema["properties"].items()
        }
    if schema.get("type") == "object":
        made["additionalProperties"] = _beyond(schema)
    if schema.get("nullable"):
        made = {"anyOf": [made, {"type": "null"}]}
    return made


def _beyond(schema: dict[str, Any]) -> Any:
    """Return the schema of unnamed fields."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return True
    more = schema.get("additionalProperties", False)
    return translated(more) if isinstance(more, dict) else more


def plain(value: Any) -> Any:
    """Return the object as the server gets it: secrets in plain text, whole numbers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"secret"} and not names_a_secret(value["secret"]):
            return plain(value["secret"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def names_a_secret(value: Any) -> bool:
    """Return whether it is a source of a projected volume, not a marked value."""
    return isinstance(value, dict) and bool({"name", "secretName"} & set(value))
