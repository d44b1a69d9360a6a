"""metrics-server, which autoscalers and `kubectl top` query."""

from lab.cluster.addons.objects import (
    SYSTEM,
    Object,
    account,
    deployment,
    metadata,
    rule,
)

IMAGE = "localhost/metrics-server:0.8.0"
_PORT = 10250


def metrics() -> list[Object]:
    """Return one replica; neither its certificate nor the kubelets' is verified."""
    container: Object = {
        "image": IMAGE,
        "args": [
            "--cert-dir=/tmp",
            f"--secure-port={_PORT}",
            "--kubelet-insecure-tls",
            "--kubelet-preferred-address-types=InternalIP",
            "--metric-resolution=15s",
        ],
        "ports": [{"name": "https", "containerPort": _PORT}],
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"}
        },
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": "https", "scheme": "HTTPS"}
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],  # noqa: S108
    }
    reads = [
        rule([""], ["nodes/metrics"], "get"),
        rule(
            [""], ["pods", "nodes", "namespaces", "configmaps"], "get", "list", "watch"
        ),
        rule(["authentication.k8s.io"], ["tokenreviews"], "create"),
        rule(["authorization.k8s.io"], ["subjectaccessreviews"], "create"),
    ]
    return [
        *account("metrics-server", reads),
        deployment(
            "metrics-server", container, volumes=[{"name": "scratch", "emptyDir": {}}]
        ),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata("metrics-server"),
            "spec": {
                "selector": {"k8s-app": "metrics-server"},
                "ports": [{"port": 443, "targetPort": "https"}],
            },
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "service": {"name": "metrics-server", "namespace": SYSTEM},
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    ]
