"""All objects of a cluster by name, to find what a destroyed stack left behind."""

from collections.abc import Iterable
from typing import Final

from lab.cluster.kubectl import Kubectl

Inventory = frozenset[str]
PASSING: Final = frozenset(
    {"events", "events.events.k8s.io", "leases.coordination.k8s.io"}
)
"""Kinds that only report activity; their objects disappear without a deletion."""
_SECONDS: Final = 120.0


def take(kubectl: Kubectl) -> Inventory:
    """Return `kind namespace/name` of every object of every kind; raises CommandFailed.

    Volumes and definitions of kinds are included. An aggregated API that is being
    removed is skipped, since it can hold no objects.
    """
    listed = kubectl("api-resources", "--verbs=list", "-o", "name", seconds=_SECONDS)
    kinds = sorted(set(listed.split()) - PASSING)
    column = "KIND:.kind,SPACE:.metadata.namespace,NAME:.metadata.name"
    said = kubectl(
        "get",
        ",".join(kind for kind in kinds if not kind.endswith(".metrics.k8s.io")),
        "--all-namespaces",
        "--ignore-not-found",
        "--no-headers",
        "-o",
        f"custom-columns={column}",
        seconds=_SECONDS,
    )
    return frozenset(_names(said.splitlines()))


def left_behind(before: Inventory, after: Inventory) -> list[str]:
    """Return the objects that exist now and did not before."""
    return sorted(after - before)


def _names(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        kind, space, name = line.split()
        yield f"{kind} {name}" if space == "<none>" else f"{kind} {space}/{name}"
