"""Everything that a cluster holds, by name: what came, and what was left behind."""

from collections.abc import Iterable
from typing import Final

from lab.cluster.kubectl import Kubectl

Inventory = frozenset[str]
PASSING: Final = frozenset(
    {"events", "events.events.k8s.io", "leases.coordination.k8s.io"}
)
"""Kinds that tell what happened, and go by themselves."""
_SECONDS: Final = 120.0


def take(kubectl: Kubectl) -> Inventory:
    """`kind namespace/name` of every object of every kind; raises CommandFailed.

    Volumes and definitions of kinds are among them. An aggregated API that is just
    going away is passed over, since it can hold nothing any more.
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
    """What is there now and was not before."""
    return sorted(after - before)


def _names(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        kind, space, name = line.split()
        yield f"{kind} {name}" if space == "<none>" else f"{kind} {space}/{name}"
