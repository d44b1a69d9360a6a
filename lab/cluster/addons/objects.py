"""Shared parts of the add-ons' objects."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Object = dict[str, Any]
SYSTEM: Final = "kube-system"
_NAMELESS_USER: Final = 65534


def metadata(name: str, labels: Mapping[str, str] | None = None) -> Object:
    """Return the metadata of a namespaced object in kube-system."""
    return {"name": name, "namespace": SYSTEM, "labels": dict(labels or {})}


def account(name: str, rules: Sequence[Object]) -> list[Object]:
    """Return a service account with these cluster-wide rules."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(name),
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": f"holdfast:{name}"},
            "rules": list(rules),
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"holdfast:{name}"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": f"holdfast:{name}",
            },
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": SYSTEM}],
        },
    ]


def rule(groups: Sequence[str], resources: Sequence[str], *verbs: str) -> Object:
    """Return one rule of a ClusterRole."""
    return {"apiGroups": list(groups), "resources": list(resources), "verbs": [*verbs]}


def settings(name: str, files: Mapping[str, str]) -> Object:
    """Return a ConfigMap of files that a pod mounts."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(name),
        "data": dict(files),
    }


def deployment(
    name: str,
    container: Object,
    *,
    volumes: Sequence[Object] = (),
    labels: Mapping[str, str] | None = None,
    replicas: int = 1,
) -> Object:
    """Return a hardened Deployment of one container, under its own service account."""
    marks = {"k8s-app": name, **(labels or {})}
    secured = {
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "20m", "memory": "32Mi"},
            "limits": {"memory": "256Mi"},
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, marks),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"k8s-app": name}},
            "template": {
                "metadata": {"labels": marks},
                "spec": {
                    "serviceAccountName": name,
                    "priorityClassName": "system-cluster-critical",
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": _NAMELESS_USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{"name": name, **secured, **container}],
                    "volumes": list(volumes),
                },
            },
        },
    }
