"""platform.json: the addresses of the platform on this cluster, for other packages."""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import psutil

from exchange.platforms import (
    Account,
    Api,
    ClusterDatabase,
    ClusterPlatform,
    Machine,
    Node,
    RedisWorkload,
    write_platform,
)
from lab.cluster import vendors
from lab.cluster.addresses import NODES
from lab.cluster.kubectl import Kubectl
from lab.cluster.places import Places
from lab.cluster.recipes import KUBERNETES
from lab.cluster.stack import Stack

_NAME = "app.kubernetes.io/name"


def publish(places: Places, stack: Stack, kubectl: Kubectl) -> Path:
    """Write the file, private, as it holds passwords; raises CommandFailed."""
    home, data = stack.setting("namespace"), stack.setting("dataNamespace")
    service = kubectl.get("-n", home, "service", "api-proxy")
    platform = ClusterPlatform(
        kubeconfig=str(places.kubeconfig),
        kubectl=kubectl.command[0],
        namespace=home,
        data_namespace=data,
        api=Api(_url(service)),
        database=ClusterDatabase(
            monitor=Account("holdfast_monitor", stack.secret("monitorPassword"))
        ),
        redis={
            "broker": _store(
                stack, "statefulsets/broker", "broker", "broker-proxy", "brokerPassword"
            ),
            "cache": _store(
                stack, "deployments/cache", "cache", "cache", "cachePassword"
            ),
        },
        machine=_machine(kubectl),
        nodes={name: _node(name) for name in _nodes(places)},
        processes_here=True,
    )
    write_platform(platform, places.published)
    return places.published


def _url(service: dict[str, Any]) -> str:
    spec = service["spec"]
    return f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}"


def _store(
    stack: Stack, workload: str, pods: str, door: str, password: str
) -> RedisWorkload:
    return RedisWorkload(
        workload=workload,
        pods=f"{_NAME}={pods}",
        door=f"{_NAME}={door}",
        password=stack.secret(password),
    )


def _nodes(places: Places) -> list[str]:
    vendor = vendors.recall(places)
    return list(vendor.nodes) if vendor else [node.name for node in NODES]


def _node(name: str) -> Node:
    program = (sys.executable, "-m", "lab.cluster")
    return Node(cut=(*program, "cut", name), heal=(*program, "heal", name))


def _machine(kubectl: Kubectl) -> Machine:
    said = json.loads(kubectl("version", "-o", "json"))
    return {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "kubernetes": said.get("serverVersion", {}).get("gitVersion", KUBERNETES),
    }
