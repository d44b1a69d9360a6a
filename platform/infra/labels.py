"""Labels and metadata of our objects, and selectors of them."""

from typing import Final

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgsDict, ObjectMetaArgsDict

REVISION: Final = "pod-template-hash"
"""Label of the pods of one Deployment revision. Replicas are spread by it: counted
together with the old revision, the new pods would gather on one node.
"""
PART_OF: Final = {"app.kubernetes.io/part-of": "holdfast"}
"""On every pod of ours; the network policies select it."""


def labels_of(name: str) -> dict[str, str]:
    """Return the labels of one program's pods."""
    return {"app.kubernetes.io/name": name, **PART_OF}


def object_meta(name: str, namespace: pulumi.Input[str]) -> ObjectMetaArgsDict:
    """Return the metadata of an object that others refer to by name."""
    return {"name": name, "namespace": namespace, "labels": PART_OF}


def generated_meta(namespace: pulumi.Input[str]) -> ObjectMetaArgsDict:
    """Return the metadata of an immutable object, whose name is generated."""
    return {"namespace": namespace, "labels": PART_OF}


def in_namespace(namespace: str) -> LabelSelectorArgsDict:
    """Select a namespace by the name label that Kubernetes maintains."""
    return {"match_labels": {"kubernetes.io/metadata.name": namespace}}
