"""HTTP probes of our programs and of the API proxy."""

from pulumi_kubernetes.core.v1 import ProbeArgsDict


def startup_probe(path: str, port: str) -> ProbeArgsDict:
    """Allow a minute to start; the other probes begin afterwards."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 1,
        "failure_threshold": 60,
    }


def liveness_probe(path: str, port: str) -> ProbeArgsDict:
    """Restart after half a minute without an answer.

    The path must not touch a dependency: a database outage must never restart the
    instances that wait for it.
    """
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 10,
        "timeout_seconds": 5,
        "failure_threshold": 3,
    }


def readiness_probe(path: str, port: str) -> ProbeArgsDict:
    """Leave the Service after two failures, return after one success."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": 2,
        "timeout_seconds": 2,
        "failure_threshold": 2,
    }
