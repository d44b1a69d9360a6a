"""Readiness of the platform on the cluster: every part is ready, not just created."""

from typing import Final

from lab.cluster.kubectl import Kubectl
from lab.cluster.stack import Stack

_PATIENCE: Final = "--timeout=600s"
_SECONDS: Final = 620.0


def wait_until_ready(kubectl: Kubectl, stack: Stack) -> None:
    """Return once every part is ready; raises CommandFailed naming one that is not."""
    home, data = stack.setting("namespace"), stack.setting("dataNamespace")
    _wait(kubectl, data, "clusters.postgresql.cnpg.io", "condition=Ready")
    _wait(kubectl, home, "rollouts.argoproj.io", "jsonpath={.status.phase}=Healthy")
    for namespace in (home, data, "observability"):
        _roll_out(kubectl, namespace)


def _roll_out(kubectl: Kubectl, namespace: str) -> None:
    listed = kubectl("-n", namespace, "get", "deployments,statefulsets", "-o", "name")
    for workload in listed.split():
        words = ("-n", namespace, "rollout", "status", workload, _PATIENCE)
        kubectl(*words, seconds=_SECONDS)


def _wait(kubectl: Kubectl, namespace: str, kind: str, condition: str) -> None:
    words = ("-n", namespace, "wait", kind, "--all", f"--for={condition}", _PATIENCE)
    kubectl(*words, seconds=_SECONDS)
