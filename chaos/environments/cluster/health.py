"""Health of workloads, nodes and the database."""

from collections.abc import Mapping
from typing import Any

from chaos.environments.cluster.pods import Pod
from chaos.environments.environment import Member, Process, Role

ROLE = "cnpg.io/instanceRole"
PRIMARY = "primary"
_CONTENT = "Cluster in healthy state"
_QUORUM = {"sync", "quorum"}


def read_workload(described: Mapping[str, Any]) -> Process:
    """Read a Deployment, StatefulSet or Rollout: healthy if wanted pods are ready."""
    meta, spec = described["metadata"], described["spec"]
    status = described.get("status", {})
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    seen = int(status.get("observedGeneration", 0)) >= meta["generation"]
    phase = status.get("phase", "")
    well = ready >= wanted and seen and phase in {"", "Healthy"}
    detail = f"{ready} of {wanted} ready" + (f", {phase}" if phase else "")
    return Process(state="running" if well else "waiting", healthy=well, detail=detail)


def read_node(described: Mapping[str, Any]) -> Process:
    """Read a node: healthy while its kubelet reports Ready."""
    conditions = described.get("status", {}).get("conditions", [])
    told = {one["type"]: one for one in conditions}
    ready: Mapping[str, Any] = told.get("Ready", {})
    well = ready.get("status") == "True"
    return Process(
        state="ready" if well else "not ready",
        healthy=well,
        detail=ready.get("message", "no kubelet has spoken"),
    )


def read_database(described: Mapping[str, Any]) -> Process:
    """Read a CloudNativePG cluster: healthy when every instance is ready, no other
    primary is wanted and its operator has no work left.
    """
    status, wanted = described.get("status", {}), described["spec"]["instances"]
    ready, phase = status.get("readyInstances", 0), status.get("phase", "unknown")
    primary, target = status.get("currentPrimary"), status.get("targetPrimary")
    well = ready == wanted and primary is not None and primary == target
    well = well and phase == _CONTENT
    detail = f"{ready} of {wanted} instances ready, {phase}"
    return Process(state="running" if well else "waiting", healthy=well, detail=detail)


def find_primary(pods: list[Pod]) -> Pod | None:
    """Return the pod that is labelled as the primary and exists; None without one."""
    for pod in pods:
        if pod.labels.get(ROLE) == PRIMARY and not pod.leaving:
            return pod
    return None


def read_members(
    pods: list[Pod], replication: Mapping[str, tuple[str, str]]
) -> list[Member]:
    """Return members by the labels of their pods and the primary's view of them.

    `replication` is (state, sync state) by name, out of `pg_stat_replication`.
    """
    return [_read_member(pod, replication.get(pod.name)) for pod in pods]


def _read_member(pod: Pod, told: tuple[str, str] | None) -> Member:
    if pod.labels.get(ROLE) == PRIMARY:
        return Member(name=pod.name, role="leader", streaming=pod.ready)
    state, sync = told or ("absent", "async")
    role: Role = "synchronous" if sync in _QUORUM else "replica"
    return Member(name=pod.name, role=role, streaming=state == "streaming")
