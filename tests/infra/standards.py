"""Standards of every pod and every network policy, and their exceptions."""

from collections.abc import Iterator
from typing import Any

WORKLOADS = ("DaemonSet", "Deployment", "Job", "Rollout", "StatefulSet")
LASTING = ("DaemonSet", "Deployment", "Rollout", "StatefulSet")
READERS = {"DaemonSet log-agent": ["mounts pods from the host"]}
"""The agent reads the pods' logs on their node: only it may have this mount."""
HOST = ("hostNetwork", "hostPID", "hostIPC")
DENIED = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def pods_of(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every pod template, under `Kind name`."""
    for made in objects:
        if made["type"] in WORKLOADS:
            name = f"{made['type']} {made['name']}"
            yield name, made["inputs"]["spec"]["template"]["spec"]


def faults_of_pod(kind: str, pod: dict[str, Any]) -> list[str]:
    """Return each way in which a pod is not limited, not probed or not restricted."""
    context = pod.get("securityContext", {})
    found = [f"shares {key}" for key in HOST if pod.get(key)]
    found += [
        f"mounts {volume['name']} from the host"
        for volume in pod.get("volumes", [])
        if "hostPath" in volume
    ]
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        name = container["name"]
        found += [f"{name} {fault}" for fault in unbounded(container)]
        found += [f"{name} {fault}" for fault in unrestricted(container, context)]
    if kind in LASTING:
        found += [
            f"{container['name']} is probed by nothing"
            for container in pod["containers"]
            if not {"livenessProbe", "readinessProbe"} & set(container)
        ]
    return found


def unbounded(container: dict[str, Any]) -> Iterator[str]:
    resources = container.get("resources", {})
    for amount in ("requests", "limits"):
        for thing in ("cpu", "memory"):
            if not resources.get(amount, {}).get(thing):
                yield f"has no {thing} in its {amount}"


def unrestricted(container: dict[str, Any], pod: dict[str, Any]) -> Iterator[str]:
    """Check the restricted standard; pod settings apply unless a container differs."""
    own = container.get("securityContext", {})
    said = {**pod, **own}
    if said.get("runAsNonRoot") is not True or not said.get("runAsUser"):
        yield "may run as root"
    if said.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no profile of system calls"
    if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
        yield "may gain rights"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "may write to its root"
    if own.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"


def faults_of_policies(objects: list[dict[str, Any]]) -> list[str]:
    """Return each open namespace, and each permission without a peer or a port."""
    policies = [m["inputs"] for m in objects if m["type"] == "NetworkPolicy"]
    closed = {p["metadata"]["namespace"] for p in policies if p["spec"] == DENIED}
    spaces = {
        m["inputs"]["metadata"]["name"] for m in objects if m["type"] == "Namespace"
    }
    found = [f"{space} is open" for space in sorted(spaces - closed)]
    for policy in policies:
        name = f"{policy['metadata']['namespace']}/{policy['metadata']['name']}"
        spec = policy["spec"]
        for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
            peers = rule.get("from", []) + rule.get("to", [])
            if not peers or not all(peers):
                found.append(f"{name} permits anybody")
            if not rule.get("ports"):
                found.append(f"{name} permits any port")
    return found
