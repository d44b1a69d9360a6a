"""The JSON schema of a classic dashboard, derived from the installed SDK's types.

The SDK publishes schemas, but its wheel has none; its classes say the same, and
always for the locked version. The options that a panel's plugin understands depend on
the panel's type, so each type that we use gets a schema of its own.
"""

import enum
import sys
import typing
from typing import Any, Final

from grafana_foundation_sdk.models import (
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

Schema = dict[str, Any]

_KINDS: Final[dict[str, tuple[type, type | None]]] = {
    "timeseries": (timeseries.Options, common.GraphFieldConfig),
    "stat": (stat.Options, None),
    "table": (table.Options, None),
    "statetimeline": (statetimeline.Options, statetimeline.FieldConfig),
    "heatmap": (heatmap.Options, None),
}
"""Panel type to the options and the field options of its plugin."""
_PLAIN: Final[dict[object, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    object: {},
    typing.Any: {},
}


def find_misfits(model: object) -> list[str]:
    """Return one line for each key of a board's JSON that Grafana would reject."""
    validator = Draft202012Validator(dashboard_schema())
    return [
        f"{error.json_path}: {_deepest(error).message[:200]}"
        for error in validator.iter_errors(model)
    ]


def _deepest(error: ValidationError) -> ValidationError:
    return best_match([error]) or error


def dashboard_schema() -> Schema:
    """Return the schema; it rejects keys that the SDK does not know."""
    definitions: dict[str, Schema] = {}
    root = _reference(dashboard.Dashboard, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": definitions,
        "allOf": [root, {"required": ["uid", "title", "panels", "templating"]}],
    }


def _reference(model: type, definitions: dict[str, Schema]) -> Schema:
    name = f"{model.__module__.rpartition('.')[2]}.{model.__qualname__}"
    if name not in definitions:
        definitions[name] = {}
        definitions[name].update(_object(model, definitions))
    return {"$ref": f"#/$defs/{name}"}


def _object(model: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(model, vars(sys.modules[model.__module__]))
    properties = {
        key: _of_type(hints[attribute], definitions)
        for attribute, key in _keys(model, list(hints)).items()
    }
    if model is dashboard.Panel:
        return _panel(properties, definitions)
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _panel(properties: dict[str, Schema], definitions: dict[str, Schema]) -> Schema:
    """Return one alternative for each type of panel, chosen by `type`."""
    properties["targets"] = {
        "type": "array",
        "items": _reference(prometheus.Dataquery, definitions),
    }
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["type", "id", "gridPos", "targets"],
        "oneOf": [
            {
                "properties": {
                    "type": {"const": kind},
                    "options": _reference(options, definitions),
                    "fieldConfig": {
                        "properties": {
                            "defaults": {
                                "properties": {
                                    "custom": _reference(custom, definitions)
                                    if custom
                                    else False
                                }
                            }
                        }
                    },
                }
            }
            for kind, (options, custom) in _KINDS.items()
        ],
    }


def _keys(model: type, attributes: list[str]) -> dict[str, str]:
    """Return the JSON key of each attribute, found by encoding a model of markers."""
    markers = {attribute: object() for attribute in attributes}
    instance: Any = object.__new__(model)
    for attribute, marker in markers.items():
        setattr(instance, attribute, marker)
    written = instance.to_json()
    by_marker = {id(value): key for key, value in written.items()}
    return {
        attribute: by_marker[id(marker)]
        for attribute, marker in markers.items()
        if id(marker) in by_marker
    }


def _of_type(hint: Any, definitions: dict[str, Schema]) -> Schema:  # noqa: ANN401 - values of annotations have no common type
    inside = typing.get_args(hint)
    if inside:
        return _of_generic(typing.get_origin(hint), inside, definitions)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    # An abstract query has no fields; the panel's schema has the concrete one.
    return _reference(hint, definitions) if hasattr(hint, "to_json") else {}


def _of_generic(
    origin: object, inside: tuple[Any, ...], definitions: dict[str, Schema]
) -> Schema:
    if origin is typing.Literal:
        return {"enum": list(inside)}
    if origin is list:
        return {"type": "array", "items": _of_type(inside[0], definitions)}
    if origin is dict:
        values = _of_type(inside[1], definitions)
        return {"type": "object", "additionalProperties": values}
    return {"anyOf": [_of_type(one, definitions) for one in inside]}
