"""Objects of published manifests are adapted and keep their meaning."""

import copy

from infra.operator_objects import adapt_object

DEFINITION = {
    "kind": "CustomResourceDefinition",
    "apiVersion": "apiextensions.k8s.io/v1",
    "metadata": {"name": "things.example.org"},
    "spec": {
        "schema": {
            "description": "Many words.",
            "properties": {
                "description": {"description": "Of a thing.", "type": "string"},
                "kind": {
                    "type": "object",
                    "default": {"description": "a thing"},
                    "enum": [{"description": "a thing"}],
                },
            },
            "required": ["description"],
        }
    },
}


def test_a_definition_loses_only_its_descriptions():
    schema = adapt_object(copy.deepcopy(DEFINITION), "here", {})["spec"]["schema"]

    assert schema == {
        "properties": {
            "description": {"type": "string"},
            "kind": {
                "type": "object",
                "default": {"description": "a thing"},
                "enum": [{"description": "a thing"}],
            },
        },
        "required": ["description"],
    }
