"""Persistent volumes of StatefulSets."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.apps.v1 import (
    StatefulSetPersistentVolumeClaimRetentionPolicyArgsDict,
)
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaimArgsDict,
    PersistentVolumeClaimSpecArgsDict,
)

DELETED_WITH_THE_SET: Final[StatefulSetPersistentVolumeClaimRetentionPolicyArgsDict] = {
    "when_deleted": "Delete",
    "when_scaled": "Retain",
}
"""`pulumi destroy` leaves no disk behind."""


@dataclass(frozen=True)
class Disk:
    """Size and storage class; None means the cluster's default class."""

    size: str
    storage_class: str | None


def claim_of(name: str, disk: Disk) -> PersistentVolumeClaimArgsDict:
    """Return the claim that each pod of a StatefulSet gets."""
    spec: PersistentVolumeClaimSpecArgsDict = {
        "access_modes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": disk.size}},
    }
    if disk.storage_class is not None:
        spec["storage_class_name"] = disk.storage_class
    return {"metadata": {"name": name}, "spec": spec}
