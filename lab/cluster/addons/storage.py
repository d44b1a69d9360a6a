"""Volumes: a folder on the node for each claim, removed with the claim."""

import json
from pathlib import Path

from lab.cluster.addons.objects import (
    SYSTEM,
    Object,
    account,
    deployment,
    rule,
    settings,
)

IMAGE = "localhost/local-path:0.0.30"
HELPER_IMAGE = "localhost/redis:7"
"""Any image with a shell: it makes and removes folders."""
CLASS = "standard"
_HELPER = f"""apiVersion: v1
kind: Pod
metadata:
  name: helper-pod
spec:
  priorityClassName: system-node-critical
  containers:
    - name: helper-pod
      image: {HELPER_IMAGE}
      imagePullPolicy: IfNotPresent
      securityContext:
        runAsUser: 0
"""


def storage(folder: Path) -> list[Object]:
    """Return the default class; its volumes are under `folder` on the pod's node."""
    paths = {
        "nodePathMap": [
            {
                "node": "DEFAULT_PATH_FOR_NON_LISTED_NODES",
                "paths": [str(folder)],
            }
        ]
    }
    files = {
        "config.json": json.dumps(paths),
        "setup": '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
        "teardown": '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
        "helperPod.yaml": _HELPER,
    }
    container: Object = {
        "image": IMAGE,
        "args": [
            "start",
            "--config=/etc/config/config.json",
            f"--namespace={SYSTEM}",
            "--configmap-name=local-path",
            "--service-account-name=local-path",
        ],
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/config/"}],
    }
    volume = {"name": "settings", "configMap": {"name": "local-path"}}
    everything = ("get", "list", "watch", "create", "patch", "update", "delete")
    rights = [
        rule([""], ["nodes", "configmaps"], "get", "list", "watch"),
        rule([""], ["persistentvolumeclaims"], "get", "list", "watch"),
        rule([""], ["pods", "pods/log", "persistentvolumes", "endpoints"], *everything),
        rule([""], ["events"], "create", "patch"),
        rule(["storage.k8s.io"], ["storageclasses"], "get", "list", "watch"),
        rule(["coordination.k8s.io"], ["leases"], *everything),
    ]
    return [
        *account("local-path", rights),
        settings("local-path", files),
        deployment("local-path", container, volumes=[volume]),
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "rancher.io/local-path",
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": "Delete",
        },
    ]
