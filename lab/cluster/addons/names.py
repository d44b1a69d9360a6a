"""CoreDNS: pods resolve services by name; no outside server is queried."""

from lab.cluster.addons.objects import (
    Object,
    account,
    deployment,
    metadata,
    rule,
    settings,
)
from lab.cluster.addresses import DNS_SERVICE
from lab.cluster.node import DOMAIN

IMAGE = "localhost/coredns:1.15.0"
_PORT = 53
"""The same port at pod and service: policies see the pod's, and permit this one."""
_COREFILE = f""".:{_PORT} {{
    errors
    health :8080
    ready :8181
    kubernetes {DOMAIN} in-addr.arpa ip6.arpa {{
        pods insecure
        ttl 5
    }}
    prometheus :9153
    cache 5
    loop
    reload
}}
"""


def names() -> list[Object]:
    """Return two replicas, so that name resolution survives a lost node."""
    container: Object = {
        "image": IMAGE,
        "args": ["-conf", "/etc/coredns/Corefile"],
        # The binary has this file capability and does not start without it.
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        },
        "ports": [
            {"name": "dns", "containerPort": _PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": _PORT, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}},
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/coredns"}],
    }
    volume = {"name": "settings", "configMap": {"name": "coredns"}}
    made = deployment(
        "coredns",
        container,
        volumes=[volume],
        labels={"k8s-app": "kube-dns"},
        replicas=2,
    )
    made["spec"]["selector"]["matchLabels"] = {"k8s-app": "kube-dns"}
    inside = made["spec"]["template"]["spec"]
    inside["securityContext"]["sysctls"] = [
        {"name": "net.ipv4.ip_unprivileged_port_start", "value": str(_PORT)}
    ]
    inside["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ]
    reads = [
        rule([""], ["services", "pods", "namespaces"], "list", "watch"),
        rule(["discovery.k8s.io"], ["endpointslices"], "list", "watch"),
    ]
    return [
        *account("coredns", reads),
        settings("coredns", {"Corefile": _COREFILE}),
        made,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata("kube-dns", {"k8s-app": "kube-dns"}),
            "spec": {
                "selector": {"k8s-app": "kube-dns"},
                "clusterIP": str(DNS_SERVICE),
                "ports": [
                    {"name": "dns", "port": 53, "targetPort": "dns", "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "targetPort": "dns-tcp"},
                ],
            },
        },
    ]
