"""When Kubernetes restarts a pod, and when it only stops sending it requests."""

from pulumi_kubernetes.core.v1 import ProbeArgsDict


def started(path: str, port: str) -> ProbeArgsDict:
    """Up to a minute to come up; until then the other probes are silent."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 1,
        "failure_threshold": 60,
    }


def alive(path: str, port: str) -> ProbeArgsDict:
    """Restart after half a minute without an answer.

    The path must not touch a dependency: a database outage must never restart
    the instances that wait for it.
    """
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 10,
        "timeout_seconds": 5,
        "failure_threshold": 3,
    }


def ready(path: str, port: str) -> ProbeArgsDict:
    """Leave the Service after two refusals, come back after one success."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 2,
        "timeout_seconds": 2,
        "failure_threshold": 2,
    }
