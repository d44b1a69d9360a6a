"""The labels by which selectors, policies and people find our pods."""

from typing import Final

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgsDict, ObjectMetaArgsDict

REVISION: Final = "pod-template-hash"
"""On the pods of one revision of a Deployment. Copies are spread by it: counted with
the old ones, the new would gather on the node that those do not leave.
"""
PART_OF: Final = {"app.kubernetes.io/part-of": "holdfast"}
"""Borne by every pod of ours; the network policies select it."""


def labels_of(name: str) -> dict[str, str]:
    """The labels of one program's pods."""
    return {"app.kubernetes.io/name": name, **PART_OF}


def named(name: str, namespace: pulumi.Input[str]) -> ObjectMetaArgsDict:
    """The head of an object that others refer to by name."""
    return {"name": name, "namespace": namespace, "labels": PART_OF}


def unnamed(namespace: pulumi.Input[str]) -> ObjectMetaArgsDict:
    """The head of an object that is replaced, never changed: its name is generated."""
    return {"namespace": namespace, "labels": PART_OF}


def in_namespace(namespace: str) -> LabelSelectorArgsDict:
    """A selector of a whole namespace, by the label that Kubernetes maintains."""
    return {"match_labels": {"kubernetes.io/metadata.name": namespace}}
