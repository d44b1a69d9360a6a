"""The bundled object store: an S3 server over a folder, for stacks without another."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, ProbeArgsDict, Service

from infra.backups import ACCESS, HIDDEN, KEYS_SECRET
from infra.data_pod import disruption_budget, pod_template, service_account
from infra.disks import DELETED_WITH_THE_SET, Disk, claim_of
from infra.labels import labels_of, object_meta
from infra.ports import S3
from infra.quantities import resources_of

NAME: Final = "object-store"
DATA: Final = "/data"


@dataclass(frozen=True, kw_only=True)
class BundledStoreArgs:
    """The image, the bucket, and the size of its disk."""

    namespace: pulumi.Input[str]
    image: str
    bucket: str
    disk: Disk


class BundledStore(pulumi.ComponentResource):
    """One pod with one disk: backups survive the database's pods, not this disk."""

    def __init__(
        self,
        name: str,
        args: BundledStoreArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:BundledStore", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = object_meta(NAME, args.namespace)
        account = service_account(NAME, args.namespace, child)
        StatefulSet(
            NAME,
            metadata=metadata,
            spec=stateful_set_of(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        Service(
            NAME,
            metadata=metadata,
            spec={
                "selector": labels_of(NAME),
                "ports": [{"name": "s3", "port": S3, "target_port": "s3"}],
            },
            opts=child,
        )
        disruption_budget(NAME, args.namespace, child)
        self.register_outputs({})


def stateful_set_of(args: BundledStoreArgs) -> StatefulSetSpecArgsDict:
    """Return one pod with one volume, which is deleted with the set."""
    return {
        "replicas": 1,
        "service_name": NAME,
        "selector": {"match_labels": labels_of(NAME)},
        "template": pod_template(NAME, [container_of(args)], []),
        "persistent_volume_claim_retention_policy": DELETED_WITH_THE_SET,
        "volume_claim_templates": [claim_of("data", args.disk)],
    }


def container_of(args: BundledStoreArgs) -> ContainerArgsDict:
    """Return the container; Kubernetes creates the bucket's folder as a sub-path mount.

    The server reads its keys from environment variables only.
    """
    return {
        "name": NAME,
        "image": args.image,
        "command": ["versitygw"],
        "args": ["--port", f":{S3}", "--health", "/health", "posix", DATA],
        "env": [
            {
                "name": variable,
                "value_from": {"secret_key_ref": {"name": KEYS_SECRET, "key": key}},
            }
            for variable, key in (
                ("ROOT_ACCESS_KEY", ACCESS),
                ("ROOT_SECRET_KEY", HIDDEN),
            )
        ],
        "ports": [{"name": "s3", "container_port": S3}],
        "resources": resources_of("50m", "256Mi"),
        "startup_probe": probe(1, 60),
        "liveness_probe": probe(10, 3),
        "readiness_probe": probe(2, 2),
        "volume_mounts": [
            {"name": "data", "mount_path": DATA},
            {
                "name": "data",
                "mount_path": f"{DATA}/{args.bucket}",
                "sub_path": args.bucket,
            },
        ],
    }


def probe(period_seconds: int, failures: int) -> ProbeArgsDict:
    """Return a probe of the server's health page."""
    return {
        "http_get": {"path": "/health", "port": "s3"},
        "period_seconds": period_seconds,
        "timeout_seconds": 2,
        "failure_threshold": failures,
    }
